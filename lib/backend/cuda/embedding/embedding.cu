// Rows of an embedding, and its gradient.

/** y [N, C] = rows of a table [V, C] of float32. A block copies a row. */
KERNEL gatherRows(const float* table, const int* ids, float* y, int C) {
  const i64 id = ids[blockIdx.x];
  for (int c = threadIdx.x; c < C; c += blockDim.x) y[(i64)blockIdx.x * C + c] = table[id * C + c];
}

/** The same of a table of bfloat16 pairs. */
KERNEL gatherHalves(const u32* table, const int* ids, float* y, int C) {
  const i64 id = ids[blockIdx.x], pairs = C / 2;
  for (int c = threadIdx.x; c < pairs; c += blockDim.x) {
    const u32 pair = table[id * pairs + c];
    float* out = y + (i64)blockIdx.x * C + 2 * c;
    out[0] = lowHalf(pair), out[1] = highHalf(pair);
  }
}

/**
 * Adds up the rows of dy [N, C] that belong to the same id, in their order. Block u does so for ids[u], whose rows are
 * rows[starts[u]] … rows[starts[u + 1] - 1].
 */
KERNEL scatterRows(const float* dy, const int* ids, const int* starts, const int* rows, float* y, int C) {
  const int from = starts[blockIdx.x], to = starts[blockIdx.x + 1];
  const i64 id = ids[blockIdx.x];
  for (int c = threadIdx.x; c < C; c += blockDim.x) {
    float sum = 0;
    for (int i = from; i < to; i++) sum += dy[(i64)rows[i] * C + c];
    y[id * C + c] = sum;
  }
}
