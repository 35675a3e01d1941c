import { wantedWidth, type VectorWidthName } from "../../../lib/backend/native-cpu/vectors/vector-width";
import { widestVectors } from "../../../lib/setup/native/machine";
import { skip } from "../../skip";

const order: readonly VectorWidthName[] = ["sse4", "avx2", "avx512"];

/** Widths of vectors that this processor has, the widest first. */
export function widthsHere(widest: VectorWidthName = widestVectors()): VectorWidthName[] {
  return widest === "neon" ? ["neon"] : order.slice(0, order.indexOf(widest) + 1).reverse();
}

/** The files with claims about our kernels. Each compares them with the composition of tfjs's operations. */
const claims = [
  "backend/conformance/native-cpu",
  "backend/native-cpu/own-operations",
  "backend/native-cpu/decoder-operations",
  "backend/native-cpu/own-products",
  "models/generation/decoding/program-decoding",
  "models/generation/decoding/packed-weights",
];

/** Makes all claims about our kernels at one width, in this process. */
export function claimAllAt(width: VectorWidthName): void {
  if (!widthsHere().includes(width)) return skip(`this processor has no ${width} vectors`);
  process.env["DEEPRETRIEVAL_SIMD"] = width;
  wantedWidth(); // refuses a name that is none
  for (const name of claims) require(`../../${name}.test`);
}
