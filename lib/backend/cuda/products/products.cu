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

/** Number k of row m, before a norm's division. */
__device__ __forceinline__ float inputOf(const FewRows& p, i64 m, int k) {
  if (m >= p.rows) return 0.f;
  if (p.gated) {
    const float g = p.x[m * 2 * p.K + k];
    return g / (1.f + __expf(-g)) * p.x[m * 2 * p.K + p.K + k];
  }
  return p.x[m * p.K + k] * (p.norm ? p.norm[k] : 1.f);
}

constexpr int rowWarps = 16, rowStretch = 1536;  // inputs that lie in shared memory at a time

/**
 * M rows of it by a block of 512. `lanes` lanes of a warp read neighbouring columns of a row of W, its other lanes
 * further rows. The sums of lanes and warps are added in their order. Shared: what work.cc counts.
 */
template <int M, bool isHalf, int lanes>
__device__ __forceinline__ void rowProduct(const FewRows& p) {
  DYNAMIC_SHARED(room);
  __shared__ float squares[rowWarps];
  constexpr int each = Columns<isHalf>::each, wide = lanes * each, deep = 32 / lanes, step = rowWarps * deep, group = 8;
  const int first = blockIdx.x * M, own = WARP * deep + LANE / lanes;
  const i64 n = (i64)blockIdx.y * wide + LANE % lanes * each;
  float sum[M][each];
#pragma unroll
  for (int m = 0; m < M; m++)
#pragma unroll
    for (int e = 0; e < each; e++) sum[m][e] = 0;
  if (p.norm) {  // 16 / M warps sum the squares of a row
    const int m = first + WARP % M;
    float some = 0;
    if (m < p.rows)
      for (int k = WARP / M * 32 + LANE; k < p.K; k += rowWarps / M * 32)
        some += p.x[(i64)m * p.K + k] * p.x[(i64)m * p.K + k];
    some = warpSum(some);
    if (LANE == 0) squares[WARP] = some;
  }
  for (int from = 0; from < p.K; from += rowStretch) {
    const int some = min(rowStretch, p.K - from);
    __syncthreads();
    if constexpr (M == 1)
      for (int k = threadIdx.x; k < some; k += blockDim.x) room[k] = inputOf(p, first, from + k);
    else
      for (int i = threadIdx.x; i < some * (M / 4); i += blockDim.x) {
        const int k = i % some, m = i / some * 4;
        const float4 four = {inputOf(p, first + m, from + k), inputOf(p, first + m + 1, from + k),
                             inputOf(p, first + m + 2, from + k), inputOf(p, first + m + 3, from + k)};
        *reinterpret_cast<float4*>(room + k * M + m) = four;
      }
    __syncthreads();
    for (int start = own; start < some; start += step * group) {
      float weights[group][each];
#pragma unroll
      for (int i = 0; i < group; i++)
        Columns<isHalf>::read(p.w, from + min(start + i * step, some - 1), p.N, n, weights[i]);
#pragma unroll
      for (int i = 0; i < group; i++) {
        const int k = start + i * step;
        if (k >= some) break;
#pragma unroll
        for (int m = 0; m < M; m++)
#pragma unroll
          for (int e = 0; e < each; e++) sum[m][e] += weights[i][e] * room[k * M + m];
      }
    }
  }
  __syncthreads();
#pragma unroll
  for (int m = 0; m < M; m++)
#pragma unroll
    for (int e = 0; e < each; e++) {
      for (int o = 16; o >= lanes; o >>= 1) sum[m][e] += __shfl_xor_sync(ALL_LANES, sum[m][e], o);
      if (LANE < lanes) room[(WARP * M + m) * wide + LANE * each + e] = sum[m][e];
    }
  __syncthreads();
  for (int i = threadIdx.x; i < M * wide; i += blockDim.x) {
    const int m = i / wide, c = i % wide;
    const i64 column = (i64)blockIdx.y * wide + c;
    if (first + m >= p.rows || column >= p.N) continue;
    float total = 0;
    for (int warp = 0; warp < rowWarps; warp++) total += room[(warp * M + m) * wide + c];
    if (p.norm) {
      float all = 0;
      for (int warp = m; warp < rowWarps; warp += M) all += squares[warp];
      total *= rsqrtf(all / p.K + p.epsilon);
    }
    float* out = p.y + (i64)(first + m) * p.N + column;
    *out = (p.adds ? *out : 0.f) + p.scale * total + (p.bias ? p.bias[column] : 0.f);
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

#define FEW_ROWS(M)                                                      \
  KERNEL rowProduct##M##x8(FewRows p) { rowProduct<M, false, 8>(p); }    \
  KERNEL rowProduct##M##x32(FewRows p) { rowProduct<M, false, 32>(p); }  \
  KERNEL rowProductHalf##M##x8(FewRows p) { rowProduct<M, true, 8>(p); } \
  KERNEL rowProductHalf##M##x32(FewRows p) { rowProduct<M, true, 32>(p); }

FEW_ROWS(1)
FEW_ROWS(4)
FEW_ROWS(8)

#define FEW_ROWS_TURNED(M)                                                                                          \
  KERNEL turnedProduct##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale, int adds) { \
    turnedProduct<M, false>(x, w, y, rows, K, N, scale, adds);                                                      \
  }                                                                                                                 \
  KERNEL turnedProductHalf##M(const float* x, const void* w, float* y, int rows, int K, i64 N, float scale,         \
                              int adds) {                                                                           \
    turnedProduct<M, true>(x, w, y, rows, K, N, scale, adds);                                                       \
  }

FEW_ROWS_TURNED(1)
FEW_ROWS_TURNED(4)
FEW_ROWS_TURNED(8)
FEW_ROWS_TURNED(16)

/** The float32 numbers of bfloat16 pairs. */
KERNEL widen(const u32* pairs, float* y, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const u32 pair = pairs[i];
  y[2 * i] = lowHalf(pair), y[2 * i + 1] = highHalf(pair);
}

/** bfloat16 pairs of float32 numbers, rounded to nearest, ties to even. */
KERNEL narrow(const float* x, u32* pairs, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) pairs[i] = pairOf(x[2 * i], x[2 * i + 1]);
}

/** The same of whole 16 bytes. */
KERNEL narrowFours(const float4* x, uint2* pairs, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < count) setFour(pairs + i, fourAt(x + i));
}

/** The same of a matrix [rows, columns] in one of more rows and of `width` columns, an even number; the rest is zero.
 */
KERNEL narrowPadded(const float* x, u32* pairs, i64 rows, i64 columns, i64 width, i64 count) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) return;
  const i64 row = i / (width / 2), column = i % (width / 2) * 2;
  const float* from = x + row * columns + column;
  pairs[i] = pairOf(row < rows && column < columns ? from[0] : 0.f, row < rows && column + 1 < columns ? from[1] : 0.f);
}
