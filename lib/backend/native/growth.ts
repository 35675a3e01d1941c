/**
 * TF_FORCE_GPU_ALLOW_GROWTH as TensorFlow reads it: "true" or "false". Unset or empty it is "true", for TensorFlow
 * otherwise takes the whole card at once, and leaves no memory to our own operations. Any other value is said.
 */
export function growthOf(given: string | undefined): { readonly value: string; readonly why: readonly string[] } {
  const value = (given ?? "").trim();
  if (value === "true" || value === "false") return { value, why: [] };
  if (value === "") return { value: "true", why: [] };
  return {
    value: "true",
    why: [
      `native: TF_FORCE_GPU_ALLOW_GROWTH is ${JSON.stringify(given)}, which is neither "true" nor "false". ` +
        '"true" is used: TensorFlow takes the card\'s memory as it needs it.',
    ],
  };
}
