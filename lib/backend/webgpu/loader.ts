import { activate, reason, type Loader } from "../loader";
import { tf } from "../tf";

/**
 * A GPU through Dawn, by the packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`, which are not installed by
 * default. It is used only if it is asked for. Numbers are read with `await data()` only: `dataSync` does not work
 * there. A program must end with process.exit, since Dawn keeps Node alive.
 */
export const webgpu: Loader = {
  name: "webgpu",
  async load() {
    const { create, globals } = optional("webgpu") as Dawn;
    Object.assign(globalThis, globals);
    const gpu = create([]);
    Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true });
    optional("@tensorflow/tfjs-backend-webgpu"); // reads navigator, so only now
    try {
      await activate("webgpu");
    } catch (error) {
      throw new Error(`no GPU answers (${reason(error)}). It needs a Vulkan driver; ask for native or wasm instead`, {
        cause: error,
      });
    }
    const { device } = tf.backend() as unknown as { device: GPUDeviceEvents };
    device.onuncapturederror = (event) => {
      throw new Error(
        `WebGPU failed, and numbers computed since are wrong: ${event.error.message}. ` +
          `A buffer larger than the device allows is the usual cause: use smaller batches.`,
      );
    };
    return { device: "gpu", version: `tfjs ${tf.version_core}` };
  },
};

/** A package that only this backend needs. */
function optional(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    throw new Error(
      `the package ${name} cannot be loaded (${reason(error)}). ` +
        `Run \`npm install webgpu @tensorflow/tfjs-backend-webgpu\``,
      { cause: error },
    );
  }
}

interface Dawn {
  create(flags: readonly string[]): object;
  readonly globals: object;
}

interface GPUDeviceEvents {
  onuncapturederror: (event: { readonly error: { readonly message: string } }) => void;
}
