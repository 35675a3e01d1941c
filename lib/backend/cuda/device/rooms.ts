/** Groups of CUDA kernels that are compiled together, in the order of kernel-names.h. */
export const rooms = [
  "activations",
  "attention",
  "tiles",
  "labels",
  "adam",
  "embedding",
  "uploads",
  "products",
  "decoding",
  "choice",
] as const;
export type Room = (typeof rooms)[number];
