// Attention of new tokens over caches of keys and values. `place` holds the first new column and the first row of the
// caches, in the card's memory, so that a recorded graph serves every position.

/** New keys, rotated, and values into the caches [rows, K, capacity, D]. A block stores a row of qkv, a warp a head. */
KERNEL storeKeys(const float* qkv, const float* kNorm, const float* cosines, const float* sines, const int* padding,
                 const int* place, float* keys, float* values, int T, int H, int K, int D, int capacity,
                 float epsilon) {
  const int n = blockIdx.x, b = n / T, column = place[0] + n % T, position = max(column - padding[b], 0);
  for (int k = WARP; k < K; k += blockDim.x >> 5) {
    const float* x = qkv + ((i64)n * (H + 2 * K) + H + k) * D;
    const i64 at = (((i64)(place[1] + b) * K + k) * capacity + column) * D;
    rotateHead(x, nullptr, kNorm, cosines + (i64)position * D, sines + (i64)position * D, keys + at, D, epsilon, 1.f);
    for (int d = LANE; d < D; d += 32) values[at + d] = x[(i64)K * D + d];
  }
}

constexpr int cachedStretch = 1024;  // columns whose scores are held at once

/**
 * y [B·T, H·D] of new tokens over the cached columns up to each. A block of 256 computes one query; groups of 16 lanes
 * compute a score each. Grid: (B·T, H); shared: 2D + 1024 + 256 numbers.
 */
KERNEL attendCache(const float* qkv, const float* qNorm, const float* cosines, const float* sines, const int* padding,
                   const int* place, const float* keys, const float* values, float* y, int T, int H, int K, int D,
                   int capacity, float epsilon, float factor) {
  DYNAMIC_SHARED(room);
  float *q = room, *sum = q + D, *p = sum + D, *parts = p + cachedStretch;
  const int n = blockIdx.x, h = blockIdx.y, b = n / T, pad = padding[b], N = place[0] + n % T + 1 - pad;
  float* result = y + ((i64)n * H + h) * D;
  for (int d = threadIdx.x; d < D; d += blockDim.x) sum[d] = 0;
  if (N < 1) {  // a pad token
    for (int d = threadIdx.x; d < D; d += blockDim.x) result[d] = 0;
    return;
  }
  if (WARP == 0)
    rotateHead(qkv + ((i64)n * (H + 2 * K) + h) * D, nullptr, qNorm, cosines + (i64)(N - 1) * D,
               sines + (i64)(N - 1) * D, q, D, epsilon, factor);
  const i64 base = (((i64)(place[1] + b) * K + h / (H / K)) * capacity + pad) * D;
  const int lane = threadIdx.x & 15, group = threadIdx.x >> 4, groups = blockDim.x >> 4;
  float most = -INFINITE, total = 0;
  __syncthreads();
  for (int from = 0; from < N; from += cachedStretch) {
    const int some = min(cachedStretch, N - from);
    float highest = -INFINITE;
    for (int start = 0; start < some; start += groups) {
      const int j = start + group;
      float s = 0;
      if (j < some)
        for (int d = lane; d < D; d += 16) s += q[d] * keys[base + (i64)(from + j) * D + d];
      for (int o = 8; o; o >>= 1) s += __shfl_xor_sync(ALL_LANES, s, o);
      if (j < some) {
        if (lane == 0) p[j] = s;
        highest = fmaxf(highest, s);
      }
    }
    highest = fmaxf(blockMax(highest), most);
    float all = 0;
    for (int j = threadIdx.x; j < some; j += blockDim.x) {
      const float e = __expf(p[j] - highest);
      p[j] = e, all += e;
    }
    const float shrink = __expf(most - highest);
    total = total * shrink + blockSum(all), most = highest;
    for (int start = 0; start < D; start += blockDim.x) {  // one turn unless D is above 256
      const int wide = min((int)blockDim.x, D - start), split = blockDim.x / wide;
      const int part = threadIdx.x / wide, d = start + threadIdx.x % wide;
      float mean = 0;
      if (part < split)
        for (int j = part; j < some; j += split) mean += p[j] * values[base + (i64)(from + j) * D + d];
      parts[threadIdx.x] = mean;
      __syncthreads();
      if (part == 0) {
        for (int i = 1; i < split; i++) mean += parts[i * wide + threadIdx.x];
        sum[d] = sum[d] * shrink + mean;
      }
      __syncthreads();
    }
  }
  for (int d = threadIdx.x; d < D; d += blockDim.x) result[d] = sum[d] / total;
}

/**
 * The same for one new token a row, which also stores its key and value. A block of 8 warps computes a query; a warp
 * reads every eighth column, four at a time, a lane D / 32 dimensions. Grid: (B, H); shared: 2D + 8·(D + 2) numbers.
 */
template <int each>
__device__ __forceinline__ void attendNewest(const float* qkv, const float* qNorm, const float* kNorm,
                                             const float* cosines, const float* sines, const int* padding,
                                             const int* place, float* keys, float* values, float* y, int H, int K,
                                             int D, int capacity, float epsilon, float factor) {
  DYNAMIC_SHARED(room);
  constexpr int warps = 8, ahead = 4;
  float *q = room, *newest = q + D, *mosts = newest + D, *totals = mosts + warps, *sums = totals + warps;
  const int b = blockIdx.x, h = blockIdx.y, pad = padding[b], column = place[0], N = column + 1 - pad;
  const int G = H / K, k = h / G, position = max(N - 1, 0);
  const float *row = qkv + (i64)b * (H + 2 * K) * D, *newValue = row + (i64)(H + K + k) * D;
  const float *cosine = cosines + (i64)position * D, *sine = sines + (i64)position * D;
  const i64 base = (((i64)(place[1] + b) * K + k) * capacity + pad) * D;
  const bool stores = h % G == 0;
  if (WARP == 0) rotateHead(row + (i64)h * D, nullptr, qNorm, cosine, sine, q, D, epsilon, factor);
  if (WARP == 1) rotateHead(row + (i64)(H + k) * D, nullptr, kNorm, cosine, sine, newest, D, epsilon, 1.f);
  if (WARP == 2 && stores)
    for (int d = LANE; d < D; d += 32) values[base + (i64)(column - pad) * D + d] = newValue[d];
  __syncthreads();
  if (WARP == 1 && stores)
    for (int d = LANE; d < D; d += 32) keys[base + (i64)(column - pad) * D + d] = newest[d];
  float own[each], sum[each], most = -INFINITE, total = 0;
#pragma unroll
  for (int i = 0; i < each; i++) own[i] = LANE + 32 * i < D ? q[LANE + 32 * i] : 0.f, sum[i] = 0;
  for (int from = WARP; from < N; from += warps * ahead) {
    float s[ahead], value[ahead][each];
#pragma unroll
    for (int a = 0; a < ahead; a++) {
      const int j = min(from + a * warps, N - 1);
      const float *key = j == N - 1 ? newest : keys + base + (i64)j * D,
                  *theirs = j == N - 1 ? newValue : values + base + (i64)j * D;
      s[a] = 0;
#pragma unroll
      for (int i = 0; i < each; i++) {
        const int d = LANE + 32 * i;
        s[a] += d < D ? own[i] * key[d] : 0.f;
        value[a][i] = d < D ? theirs[d] : 0.f;
      }
    }
    float highest = most;
#pragma unroll
    for (int a = 0; a < ahead; a++) {
      s[a] = from + a * warps < N ? warpSum(s[a]) : -INFINITE;
      highest = fmaxf(highest, s[a]);
    }
    const float shrink = __expf(most - highest);
    total *= shrink;
#pragma unroll
    for (int i = 0; i < each; i++) sum[i] *= shrink;
#pragma unroll
    for (int a = 0; a < ahead; a++) {
      const float e = __expf(s[a] - highest);
      total += e;
#pragma unroll
      for (int i = 0; i < each; i++) sum[i] += e * value[a][i];
    }
    most = highest;
  }
  if (LANE == 0) mosts[WARP] = most, totals[WARP] = total;
#pragma unroll
  for (int i = 0; i < each; i++)
    if (LANE + 32 * i < D) sums[WARP * D + LANE + 32 * i] = sum[i];
  __syncthreads();
  float highest = -INFINITE, all = 0;
  for (int warp = 0; warp < warps; warp++) highest = fmaxf(highest, mosts[warp]);
  for (int warp = 0; warp < warps; warp++) all += totals[warp] > 0 ? totals[warp] * __expf(mosts[warp] - highest) : 0.f;
  for (int d = threadIdx.x; d < D; d += blockDim.x) {
    float mean = 0;
    for (int warp = 0; warp < warps; warp++)
      if (totals[warp] > 0) mean += sums[warp * D + d] * __expf(mosts[warp] - highest);
    y[((i64)b * H + h) * D + d] = all > 0 ? mean / all : 0.f;  // 0 of a pad token
  }
}

#define NEWEST(D, each)                                                                                                \
  KERNEL attendNewest##D(const float* qkv, const float* qNorm, const float* kNorm, const float* cosines,               \
                         const float* sines, const int* padding, const int* place, float* keys, float* values,         \
                         float* y, int H, int K, int dimensions, int capacity, float epsilon, float factor) {          \
    attendNewest<each>(qkv, qNorm, kNorm, cosines, sines, padding, place, keys, values, y, H, K, dimensions, capacity, \
                       epsilon, factor);                                                                               \
  }

NEWEST(32, 1)
NEWEST(64, 2)
NEWEST(128, 4)
NEWEST(256, 8)

/** The tokens [B] that were chosen become the new tokens of the next column. */
KERNEL takeTokens(const int* tokens, int* ids, int* place, int B) {
  for (int b = threadIdx.x; b < B; b += blockDim.x) ids[b] = tokens[b];
  if (threadIdx.x == 0) place[0]++;
}

/** A cache [heads, longer, D] with the first `kept` columns of a cache [heads, T, D]. Grid: (columns, heads). */
KERNEL lengthen(const float* cache, float* y, int T, int longer, int kept, int D) {
  const i64 head = blockIdx.y;
  const int t = blockIdx.x;
  for (int d = threadIdx.x; d < D; d += blockDim.x)
    y[(head * longer + t) * D + d] = t < kept ? cache[(head * T + t) * D + d] : 0.f;
}
