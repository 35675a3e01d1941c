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
__device__ __forceinline__ float moved(float weight, float gradient, float& mean, float& square, const float* r) {
  const float g = gradient * r[8];
  mean = r[0] * mean + r[1] * g, square = r[2] * square + r[3] * g * g;
  return r[7] * weight - r[5] * mean / (r[6] * sqrtf(square) + r[4]);
}

__device__ __forceinline__ float4 fourAt(const float* x, i64 i) { return *reinterpret_cast<const float4*>(x + i); }

/** A thread moves four numbers of a variable. */
KERNEL adamAll(const Move* table, int count, const float* r) {
  const Move mine = table[moveOf(table, count, blockIdx.x)];
  const i64 i = ((i64)blockIdx.x - mine.first) * moveBlock + 4 * threadIdx.x;
  if (i + 4 <= mine.size) {
    const float4 w = fourAt(mine.weight, i), g = fourAt(mine.gradient, i);
    float4 m = fourAt(mine.mean, i), v = fourAt(mine.square, i);
    const float4 y = {moved(w.x, g.x, m.x, v.x, r), moved(w.y, g.y, m.y, v.y, r), moved(w.z, g.z, m.z, v.z, r),
                      moved(w.w, g.w, m.w, v.w, r)};
    *reinterpret_cast<float4*>(mine.mean + i) = m, *reinterpret_cast<float4*>(mine.square + i) = v;
    *reinterpret_cast<float4*>(mine.y + i) = y;
    return;
  }
  for (i64 j = i; j < mine.size; j++)
    mine.y[j] = moved(mine.weight[j], mine.gradient[j], mine.mean[j], mine.square[j], r);
}

KERNEL squaresAll(const Move* table, int count, i64 blocks, float* part) {
  float sum = 0;
  for (i64 b = blockIdx.x; b < blocks; b += gridDim.x) {
    const Move& mine = table[moveOf(table, count, b)];
    const i64 i = (b - mine.first) * moveBlock + 4 * threadIdx.x;
    if (i + 4 <= mine.size) {
      const float4 g = fourAt(mine.gradient, i);
      sum += g.x * g.x + g.y * g.y + g.z * g.z + g.w * g.w;
    } else {
      for (i64 j = i; j < mine.size; j++) sum += mine.gradient[j] * mine.gradient[j];
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
