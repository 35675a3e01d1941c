import { RefusedSetting } from "../refused-setting";

/** How a card multiplies float32 matrices. A processor always computes in float32. */
export const precisions = ["f32", "tf32", "bf16"] as const;
export type Precision = (typeof precisions)[number];

/**
 * The precision that DEEPRETRIEVAL_PRECISION asks for: f32 if it is unset, as in PyTorch. With tf32 a card rounds the
 * factors of products to 10 bits of mantissa, with bf16 to 7; sums stay float32. With bf16, layers whose matrices are
 * frozen as bfloat16 also keep what their gates read and write as such, in half the memory. With f32 it rounds nothing:
 * cards that are made for servers compute large products in parts (cuda/products/in-parts.h), with the error of
 * cuBLAS's float32.
 * @throws RefusedSetting for a name that is none
 */
export function wantedPrecision(env: NodeJS.ProcessEnv = process.env): Precision {
  const wanted = env["DEEPRETRIEVAL_PRECISION"] || "f32";
  if ((precisions as readonly string[]).includes(wanted)) return wanted as Precision;
  throw new RefusedSetting(
    `DEEPRETRIEVAL_PRECISION is ${JSON.stringify(wanted)}, which is no precision. ` +
      `It may be ${precisions.join(", ")}; unset, it is f32.`,
  );
}

/**
 * Holds NVIDIA's libraries to the precision. TensorFlow of itself computes with tf32, whatever it is asked for. The
 * libraries read NVIDIA_TF32_OVERRIDE once, so this comes before TensorFlow is loaded.
 *
 * The variable may come from a process with another precision, or from the user. DEEPRETRIEVAL_PRECISION goes before
 * it, so that reports name what is computed. Returns a sentence where that undoes what the variable asked for.
 */
export function holdCudaTo(precision: Precision, env: NodeJS.ProcessEnv = process.env): string[] {
  const asked = env["NVIDIA_TF32_OVERRIDE"];
  if (precision === "f32") env["NVIDIA_TF32_OVERRIDE"] = "0";
  else if (asked === "0") delete env["NVIDIA_TF32_OVERRIDE"];
  return precision === "f32" && asked && asked !== "0"
    ? [
        `native: NVIDIA_TF32_OVERRIDE=${asked} is not followed, as DEEPRETRIEVAL_PRECISION decides, which is f32. ` +
          "For TF32 set DEEPRETRIEVAL_PRECISION=tf32.",
      ]
    : [];
}
