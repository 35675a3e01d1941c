import type { NativeBackend } from "../../native/binding";
import { RefusedSetting } from "../../refused-setting";

/**
 * Widths of the processor's vectors for which our kernels are compiled, the widest first, by DEEPRETRIEVAL_SIMD's
 * names.
 */
const vectorWidthNames = ["avx512", "avx2", "sse4", "neon"] as const;
export type VectorWidthName = (typeof vectorWidthNames)[number];

/** What the addon knows of vectors. Without kernels of ours it knows of none. */
interface VectorWidths {
  readonly compiled: readonly VectorWidthName[];
  readonly here: readonly VectorWidthName[]; // of these, those that this processor has
  readonly inUse: VectorWidthName | undefined;
}

/** oneDNN's name for the same width. It computes our larger products, and has to keep to the width too. */
const oneDnnNames: Readonly<Partial<Record<VectorWidthName, string>>> = { avx2: "AVX2", sse4: "SSE41" };

/**
 * The width that DEEPRETRIEVAL_SIMD asks for, if it asks for one.
 * @throws RefusedSetting for a name that is none
 */
export function wantedWidth(env: NodeJS.ProcessEnv = process.env): VectorWidthName | undefined {
  const wanted = env["DEEPRETRIEVAL_SIMD"];
  if (wanted === undefined || wanted === "") return undefined;
  if ((vectorWidthNames as readonly string[]).includes(wanted)) return wanted as VectorWidthName;
  throw new RefusedSetting(
    `DEEPRETRIEVAL_SIMD is ${JSON.stringify(wanted)}, which is no width of vectors. ` +
      `It may be ${vectorWidthNames.join(", ")}, or unset for the widest that the processor has.`,
  );
}

/** Holds oneDNN to the width that is wanted. It reads the variable once, so this comes before TensorFlow is loaded. */
export function holdOneDnnTo(wanted: VectorWidthName | undefined, env: NodeJS.ProcessEnv = process.env): void {
  const name = wanted && oneDnnNames[wanted];
  if (name) env["ONEDNN_MAX_CPU_ISA"] ??= name;
}

/** @throws RefusedSetting if this processor, or the addon, does not have the width that is wanted */
export function checkWidth(wanted: VectorWidthName | undefined, { here }: VectorWidths): void {
  if (!wanted || here.includes(wanted)) return;
  const instead = here.length ? `has ${here.join(", ")}` : "has no kernels of ours: the compiler refused them";
  throw new RefusedSetting(
    `DEEPRETRIEVAL_SIMD is ${wanted}, but native TensorFlow on this processor ${instead}. ` +
      `Unset the variable, or name another width.`,
  );
}

/** Asks the addon for its widths. */
export function vectorWidths(
  backend: Pick<NativeBackend, "executeSingleOutput">,
  arch: string = process.arch,
): VectorWidths {
  let rows: readonly number[][];
  try {
    const made = backend.executeSingleOutput("DecoderVectors", [], []) as unknown as {
      arraySync(): number[][];
      dispose(): void;
    };
    rows = made.arraySync();
    made.dispose();
  } catch {
    rows = []; // TensorFlow knows no such operation: the addon was compiled without ours
  }
  const names: Readonly<Record<number, VectorWidthName>> = {
    512: "avx512",
    256: "avx2",
    128: arch === "arm64" ? "neon" : "sse4",
  };
  const named = (which: (row: readonly number[]) => boolean) => rows.filter(which).map(([bits]) => names[bits!]!);
  return {
    compiled: named(() => true),
    here: named(([, here]) => here === 1),
    inUse: named(([, , used]) => used === 1)[0],
  };
}
