/** Groups of CUDA kernels that are compiled together, in the order of kernel-names.h. */
export const rooms = [
  "activations",
  "attention",
  "tiledAttention",
  "coarseAttention",
  "halfAttention",
  "labels",
  "adam",
  "embedding",
  "uploads",
  "products",
  "streamedProducts",
  "decoding",
  "choice",
] as const;
export type Room = (typeof rooms)[number];

/** Rooms whose tensor cores cards before Ampere lack. Kernels of other rooms do their work there. */
export const tensorCoreRooms: readonly Room[] = [
  "tiledAttention",
  "coarseAttention",
  "halfAttention",
  "streamedProducts",
];
