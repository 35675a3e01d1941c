import { cpu } from "./cpu/loader";
import { activate, backendNames, reason, type BackendName, type Loaded, type Loader } from "./loader";
import { native } from "./native/loader";
import { BackendFailed, RefusedSetting } from "./refused-setting";
import { tf } from "./tf";
import { wasm } from "./wasm/loader";
import { webgpu } from "./webgpu/loader";

export type { BackendName } from "./loader";

/** The backend in use. */
export interface Backend {
  readonly name: BackendName;
  readonly device: "cpu" | "gpu";
  readonly version: string; // of the library that computes, e.g. "TensorFlow 2.21.0"
  readonly precision?: "f32" | "tf32" | "bf16"; // of matrix products on a card
  readonly vectors?: string; // width of the vectors that our own kernels use on the processor, e.g. "avx2"
  readonly noCard?: string; // why the processor computes where a card was to, and what to do
  readonly why: readonly string[]; // one sentence for each faster backend: why it is not used, and what to do
}

/** The backends, fastest first. webgpu is used only if it is asked for by name. */
const loaders: readonly Loader[] = [native, webgpu, wasm, cpu];

let current: Backend | undefined; // one in a process, as in tfjs
let turn: Promise<void> = Promise.resolve(); // one choice at a time

/**
 * Chooses the backend: the fastest one that works, or the one that is asked for. The first call decides. Later calls
 * return the same backend unless they name another. "auto" follows DEEPRETRIEVAL_BACKEND if it is set. If the named
 * backend fails, the previous one stays in use.
 * @param tells whether a card that was asked for and is not used is told on stderr
 * @throws RangeError for an unknown name; Error with the reason if the named backend does not work
 */
export function useBackend(wanted: BackendName | "auto" = "auto", tells = true): Promise<Backend> {
  const choice = turn.then(() => switchTo(wanted, tells));
  const over = () => undefined; // a failure is reported to its own caller, not to the next one
  turn = choice.then(over, over);
  return choice;
}

/** The chosen backend; undefined if none has been chosen. */
export const backendInUse = (): Backend | undefined => current;

/** What computes: facts for a report. */
export interface Computing {
  readonly backend: string;
  readonly backendVersion: string;
  readonly device: string;
  readonly precision: string; // of matrix products
}

/** What computes here, for reports and run cards; undefined before a backend is chosen. */
export function computing(backend: Backend | undefined = current): Computing | undefined {
  if (!backend) return undefined;
  const { name, version, device, precision = "f32" } = backend;
  return { backend: name, backendVersion: version, device, precision };
}

async function switchTo(wanted: BackendName | "auto", tells: boolean): Promise<Backend> {
  if (current && (wanted === "auto" || wanted === current.name)) return current;
  const before = tf.getBackend();
  try {
    current = await choose(
      loaders,
      wanted === "auto" ? process.env["DEEPRETRIEVAL_BACKEND"] || "auto" : wanted,
      multiplies,
    );
    if (wanted === "auto" && tells) tellMissedCard(current);
    return current;
  } catch (error) {
    if (current) await activate(before);
    throw error;
  }
}

/** Says at once that a card was asked for and is not used: on the processor, training takes many times as long. */
function tellMissedCard({ name, device, why }: Backend): void {
  if (process.env["DEEPRETRIEVAL_NATIVE"] !== "cuda" || device === "gpu") return;
  const other = `DEEPRETRIEVAL_NATIVE=cuda asks for a card, and the backend ${name} computes on the processor.`;
  process.stderr.write(`${[...(name === "native" ? [] : [other]), ...why].join(" ")}\n`);
}

/**
 * Loads the loader called `wanted`, or with "auto" the first that loads and then passes `check`.
 * @param wanted a backend's name or "auto"
 * @param check throws if the current backend computes wrongly
 */
export async function choose(loaders: readonly Loader[], wanted: string, check: () => Promise<void>): Promise<Backend> {
  if (wanted !== "auto" && !(backendNames as readonly string[]).includes(wanted)) {
    throw new RefusedSetting(
      `There is no backend "${wanted}". Ask for auto, ${backendNames.join(", ")} (argument or DEEPRETRIEVAL_BACKEND).`,
    );
  }
  const why: string[] = [];
  for (const loader of loaders) {
    if (wanted === "auto" ? loader.name === "webgpu" : loader.name !== wanted) continue;
    try {
      const loaded: Loaded = await loader.load();
      await check();
      return { name: loader.name, ...loaded, why: [...why, ...(loaded.why ?? [])] };
    } catch (error) {
      // The user asked for this setting, so that no other backend will do.
      if ((error as { kind?: string }).kind === "refused setting") throw error;
      const sentence = `${loader.name}: ${reason(error)}`.replace(/\.?$/, ".");
      if (wanted !== "auto") throw new BackendFailed(`Backend ${sentence}`, { cause: error });
      why.push(sentence);
    }
  }
  throw new BackendFailed(`No backend works. ${why.join(" ")}`);
}

/** Throws unless the current backend computes a small matrix product correctly. */
async function multiplies(): Promise<void> {
  const product = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [2, -1],
      ]),
    ),
  );
  const numbers = Array.from(await product.data());
  product.dispose();
  const right = [7, -1, 16, -1]; // [1+6, 2−3], [4+12, 5−6]
  if (numbers.some((value, i) => value !== right[i]))
    throw new Error(`it computes wrongly (a product gave ${numbers}, not ${right})`);
}
