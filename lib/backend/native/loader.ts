import { totalmem } from "node:os";
import util from "node:util";
import { cardOf, shortcomings } from "../cuda/device/card";
import { bfloat16OnCuda } from "../cuda/products/bfloat16";
import { uploadsOnCuda } from "../cuda/uploads/uploads";
import { bfloat16OnNative } from "./bfloat16";
import { activate, reason, type Loaded, type Loader } from "../loader";
import type { NativeBackend } from "./binding";
import { missedOnProcessor, nativeChoice } from "./choice";
import { growthOf } from "./growth";
import { cardReport, isBuiltForCards, whyNoCard } from "./no-card";
import { holdCudaTo, wantedPrecision, type Precision } from "./precision";
import { checkWidth, holdOneDnnTo, vectorWidths, wantedWidth } from "../native-cpu/vectors/vector-width";
import { matmulOnNative } from "../native-cpu/products/matmul";
import { tf } from "../tf";

const missing =
  "its addon has not been built. " +
  "Run `npm start` or `npm test` once where Python with pip and a C++ compiler are found: " +
  "its matrix products are about ten times faster than those of wasm";

/**
 * TensorFlow's C library through the addon of @tensorflow/tfjs-node-gpu, which set-up builds against a
 * current TensorFlow. It computes on the GPU if that TensorFlow finds one, else on the processor.
 */
export const native: Loader = {
  name: "native",
  async load() {
    const choice = nativeChoice();
    if (choice === "off") throw new Error("DEEPRETRIEVAL_NATIVE=off forbids it. Unset the variable to use it");
    const wanted = wantedWidth();
    holdOneDnnTo(wanted);
    if (choice === "cpu") process.env["CUDA_VISIBLE_DEVICES"] = "-1"; // no card is seen
    const precision = wantedPrecision();
    const growth = growthOf(process.env["TF_FORCE_GPU_ALLOW_GROWTH"]);
    const overruled = [...holdCudaTo(precision), ...growth.why];
    process.env["TF_FORCE_GPU_ALLOW_GROWTH"] = growth.value;
    quietDefaults();
    restoreUtil();
    const failure = loadPackage();
    await activate("tensorflow");
    bfloat16OnNative();
    const backend = tf.backend() as unknown as NativeBackend;
    const version = `TensorFlow ${backend.binding.TF_Version}`;
    if (backend.isUsingGpuDevice) return onCard(backend, version, precision, overruled);
    const widths = vectorWidths(backend);
    checkWidth(wanted, widths);
    matmulOnNative(widths.inUse);
    const noCard = choice === "cpu" ? "" : (failure ?? missingCard(choice === "cuda"));
    return {
      device: "cpu",
      version,
      ...(widths.inUse && { vectors: widths.inUse }),
      ...(noCard && { noCard }),
      why: [...missedOnProcessor(process.env, noCard)],
    };
  },
};

/**
 * Registers "tensorflow" and its kernels with our tfjs-core. Where the card does not start, since another process holds
 * its memory, say, TensorFlow is loaded again without cards, and the result is the reason.
 */
function loadPackage(): string | undefined {
  const load = () => void require("@tensorflow/tfjs-node-gpu");
  try {
    load();
    return undefined;
  } catch (error) {
    const [, text] = /TensorFlow does not start: (.*)/.exec(reason(error)) ?? [];
    if (text === undefined || process.env["CUDA_VISIBLE_DEVICES"] === "-1")
      throw new Error(explain(error), { cause: error });
    process.env["CUDA_VISIBLE_DEVICES"] = "-1";
    load();
    return (
      `the card does not start (${text}). See with nvidia-smi what else holds its memory, or name another one by ` +
      "CUDA_VISIBLE_DEVICES, and start the process again"
    );
  }
}

/** Why there is no card, where the user or set-up meant that there is one. */
function missingCard(asked: boolean): string {
  const visible = process.env["CUDA_VISIBLE_DEVICES"];
  const isHidden = visible !== undefined && /^\s*(-\d+)?\s*$/.test(visible);
  if (!asked && (isHidden || !isBuiltForCards())) return "";
  return isHidden
    ? `CUDA_VISIBLE_DEVICES is ${JSON.stringify(visible)}, which hides all cards. Unset it to use them`
    : whyNoCard(cardReport(), isBuiltForCards());
}

/** Our kernels for the card, where they compile for it. */
function onCard(backend: NativeBackend, version: string, precision: Precision, overruled: readonly string[]): Loaded {
  const card = cardOf(backend);
  if (typeof card !== "string") {
    if (!card.refused.includes("uploads")) uploadsOnCuda(backend);
    if (!card.refused.includes("products")) bfloat16OnCuda(card.operations);
  }
  return { device: "gpu", version, precision, why: [...overruled, ...shortcomings(card)] };
}

/** TensorFlow reads these once, when it is loaded. What the user has set stays. */
function quietDefaults(): void {
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"; // errors only
  process.env["CUDA_DEVICE_ORDER"] ??= "PCI_BUS_ID"; // as nvidia-smi numbers cards; CUDA's own order is by speed
  // With "1", oneDNN prints two lines in the first cell and is slow for few rows: native-cpu/products/matmul.ts calls
  // it by name.
  process.env["TF_ENABLE_ONEDNN_OPTS"] ??= "0";
  // Keeps freed memory for the next tensor. To return it to the system and get it back takes a third of a training
  // step.
  process.env["TF_CPU_ALLOCATOR_USE_BFC"] ??= "true";
  // Addresses, gaps included; the default is 64 GB.
  process.env["TF_CPU_BFC_MEM_LIMIT_IN_MB"] ??= String(Math.floor((4 * totalmem()) / 2 ** 20));
}

/** The addon's JavaScript, of 2022, calls two functions that Node 23 removed. */
function restoreUtil(): void {
  const old = util as unknown as {
    isNullOrUndefined?: (value: unknown) => boolean;
    isArray?: (value: unknown) => boolean;
  };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

/** Why the package could not be loaded, and what to do: the three ways in which it fails. */
export function explain(error: unknown): string {
  const text = reason(error);
  if (/can not be found at path/.test(text)) return missing;
  if ((error as { code?: string }).code === "MODULE_NOT_FOUND")
    return /tfjs-node-gpu/.test(text) ? missing : `a package of it is missing (${text}). Run npm ci again`;
  if ((error as { code?: string }).code === "ERR_DLOPEN_FAILED")
    return `its addon does not load (${text}). Run \`node lib/setup/main.js\` to build it again`;
  return `it does not start (${text}). Run \`node lib/setup/main.js\` to build it again`;
}
