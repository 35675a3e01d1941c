/** Groups of CUDA kernels that are compiled together, in the order of kernel-names.h. */
export const rooms = [
  "activations",
  "attention",
  "tiledAttention",
  "coarseAttention",
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

/** Rooms of tensor cores for float32 and bfloat16, which cards before Ampere lack: kernels of other rooms then do their work. */
export const tensorCoreRooms: readonly Room[] = ["tiledAttention", "coarseAttention", "streamedProducts"];
