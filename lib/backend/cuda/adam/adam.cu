// One step of Adam for all variables at once, and the sum of all squared gradients.

/** A variable, its gradient, its moments, and where its new numbers go. `first` is the number of its first block. */
struct Move {
  const float *weight, *gradient;
  float *mean, *square, *y;
  i64 size, first;
};

constexpr int moveBlock = 1024;  // numbers that a block of 256 threads moves

/** The row of the table that block `b` works on. */
__device__ __forceinline__ int moveOf(const Move* table, int count, i64 b) {
  int low = 0, high = count - 1;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (table[middle].first <= b) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** r: beta1, 1 - beta1, beta2, 1 - beta2, epsilon, rate, correction, shrink, scale (AdamRates in adam.ts). */
KERNEL adamAll(const Move* table, int count, const float* r) {
  const Move mine = table[moveOf(table, count, blockIdx.x)];
  const i64 from = ((i64)blockIdx.x - mine.first) * moveBlock;
  for (i64 i = from + threadIdx.x; i < mine.size && i < from + moveBlock; i += blockDim.x) {
    const float g = mine.gradient[i] * r[8];
    const float m = r[0] * mine.mean[i] + r[1] * g, v = r[2] * mine.square[i] + r[3] * g * g;
    mine.mean[i] = m, mine.square[i] = v;
    mine.y[i] = r[7] * mine.weight[i] - r[5] * m / (r[6] * sqrtf(v) + r[4]);
  }
}

KERNEL squaresAll(const Move* table, int count, i64 blocks, float* part) {
  float sum = 0;
  for (i64 b = blockIdx.x; b < blocks; b += gridDim.x) {
    const Move& mine = table[moveOf(table, count, b)];
    const i64 from = (b - mine.first) * moveBlock;
    for (i64 i = from + threadIdx.x; i < mine.size && i < from + moveBlock; i += blockDim.x) {
      const float g = mine.gradient[i];
      sum += g * g;
    }
  }
  sum = blockSum(sum);
  if (threadIdx.x == 0) part[blockIdx.x] = sum;
}

/** The sum of n numbers, by one block. */
KERNEL sumOf(const float* x, int n, float* y) {
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) sum += x[i];
  sum = blockSum(sum);
  if (threadIdx.x == 0) *y = sum;
}
