// Products of few rows with a matrix, which are bound by reading the matrix, and changes of a matrix's precision.

constexpr int stretch = 256;  // inputs of which x lies in shared memory at a time

template <bool isHalf>
struct Columns;  // how a thread reads its columns of a row of W

template <>
struct Columns<false> {
  static constexpr int each = 1;
  static __device__ __forceinline__ void read(const void* w, i64 row, i64 N, i64 n, float* into) {
    into[0] = n < N ? static_cast<const float*>(w)[row * N + n] : 0.f;
  }
};

template <>
struct Columns<true> {
  static constexpr int each = 2;
  static __device__ __forceinline__ void read(const void* w, i64 row, i64 N, i64 n, float* into) {
    const u32 pair = n < N ? static_cast<const u32*>(w)[(row * N + n) >> 1] : 0u;
    into[0] = lowHalf(pair), into[1] = highHalf(pair);
  }
};

/**
 * y = (adds ? y : 0) + scale·x·W of M rows at a time. A block of 512 computes 32 or 64 columns: each of its 16 warps
 * sums a sixteenth of the inputs, and the warps' sums are added in their order.
 */
template <int M, bool isHalf>
__device__ void rowProduct(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) {
  constexpr int each = Columns<isHalf>::each, warps = 16, wide = 32 * each;
  __shared__ float room[warps * wide * M > stretch * M ? warps * wide * M : stretch * M];
  const int first = blockIdx.x * M;
  const i64 n = (i64)blockIdx.y * wide + LANE * each;
  float sum[M][each];
  for (int m = 0; m < M; m++)
    for (int e = 0; e < each; e++) sum[m][e] = 0;
  for (int from = 0; from < K; from += stretch) {
    const int some = min(stretch, K - from);
    __syncthreads();
    for (int i = threadIdx.x; i < stretch * M; i += blockDim.x) {
      const int k = i % stretch, m = i / stretch;
      room[k * M + m] = k < some && first + m < rows ? x[(i64)(first + m) * K + from + k] : 0.f;
    }
    __syncthreads();
    constexpr int own = stretch / warps, group = 8;
    for (int k = WARP * own; k < (int)(WARP + 1) * own && k < some; k += group) {
      float weights[group][each];
#pragma unroll
      for (int i = 0; i < group; i++) Columns<isHalf>::read(w, min(from + k + i, K - 1), N, n, weights[i]);
#pragma unroll
      for (int i = 0; i < group; i++)
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
          for (int e = 0; e < each; e++) sum[m][e] += weights[i][e] * room[(k + i) * M + m];
    }
  }
  __syncthreads();
  for (int m = 0; m < M; m++)
    for (int e = 0; e < each; e++) room[(WARP * M + m) * wide + LANE * each + e] = sum[m][e];
  __syncthreads();
  for (int i = threadIdx.x; i < M * wide; i += blockDim.x) {
    const int m = i / wide, c = i % wide;
    const i64 column = (i64)blockIdx.y * wide + c;
    if (first + m >= rows || column >= N) continue;
    float total = 0;
    for (int warp = 0; warp < warps; warp++) total += room[(warp * M + m) * wide + c];
    float* out = y + (i64)(first + m) * N + column;
    *out = (adds ? *out : 0.f) + scale * total;
  }
}

/** y = (adds ? y : 0) + scale·x·Wᵀ. A warp computes four outputs, its lanes a thirty-second of the inputs each. */
template <int M, bool isHalf>
__device__ void turnedProduct(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) {
  constexpr int each = Columns<isHalf>::each, outputs = 4;
  __shared__ float room[M][stretch];
  const int first = blockIdx.x * M;
  const i64 n = ((i64)blockIdx.y * (blockDim.x >> 5) + WARP) * outputs;
  float sum[M][outputs];
  for (int m = 0; m < M; m++)
    for (int o = 0; o < outputs; o++) sum[m][o] = 0;
  for (int from = 0; from < K; from += stretch) {
    const int some = min(stretch, K - from);
    __syncthreads();
    for (int i = threadIdx.x; i < stretch * M; i += blockDim.x) {
      const int k = i % stretch, m = i / stretch;
      room[m][k] = k < some && first + m < rows ? x[(i64)(first + m) * K + from + k] : 0.f;
    }
    __syncthreads();
    for (int k = LANE * each; k < some; k += 32 * each) {
      float weights[outputs][each];
#pragma unroll
      for (int o = 0; o < outputs; o++) Columns<isHalf>::read(w, n + o < N ? n + o : N - 1, K, from + k, weights[o]);
#pragma unroll
      for (int m = 0; m < M; m++)
#pragma unroll
        for (int e = 0; e < each; e++) {
          const float value = room[m][k + e];
#pragma unroll
          for (int o = 0; o < outputs; o++) sum[m][o] += value * weights[o][e];
        }
    }
  }
#pragma unroll
  for (int m = 0; m < M; m++)
#pragma unroll
    for (int o = 0; o < outputs; o++) {
      const float total = warpSum(sum[m][o]);
      if (LANE != 0 || first + m >= rows || n + o >= N) continue;
      float* out = y + (i64)(first + m) * N + n + o;
      *out = (adds ? *out : 0.f) + scale * total;
    }
}

#define FEW_ROWS(M)                                                                                                  \
  KERNEL rowProduct##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) {     \
    rowProduct<M, false>(x, w, y, rows, K, N, scale, adds);                                                          \
  }                                                                                                                  \
  KERNEL rowProductHalf##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) { \
    rowProduct<M, true>(x, w, y, rows, K, N, scale, adds);                                                           \
  }                                                                                                                  \
  KERNEL turnedProduct##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) {  \
    turnedProduct<M, false>(x, w, y, rows, K, N, scale, adds);                                                       \
  }                                                                                                                  \
  KERNEL turnedProductHalf##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale,          \
                              int adds) {                                                                            \
    turnedProduct<M, true>(x, w, y, rows, K, N, scale, adds);                                                        \
  }

FEW_ROWS(1)
FEW_ROWS(4)
FEW_ROWS(8)

/** The float32 numbers of bfloat16 pairs. */
KERNEL widen(const u32* pairs, float* y, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const u32 pair = pairs[i];
  y[2 * i] = lowHalf(pair), y[2 * i + 1] = highHalf(pair);
}

__device__ __forceinline__ u32 nearestHalf(float x) {
  const u32 bits = __float_as_uint(x);
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}

/** bfloat16 pairs of float32 numbers, rounded to nearest, ties to even. */
KERNEL narrow(const float* x, u32* pairs, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) pairs[i] = nearestHalf(x[2 * i]) | nearestHalf(x[2 * i + 1]) << 16;
}
