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

/** A cache [heads, longer, D] with the first `kept` columns of a cache [heads, T, D]. Grid: (columns, heads). */
KERNEL lengthen(const float* cache, float* y, int T, int longer, int kept, int D) {
  const i64 head = blockIdx.y;
  const int t = blockIdx.x;
  for (int d = threadIdx.x; d < D; d += blockDim.x)
    y[(head * longer + t) * D + d] = t < kept ? cache[(head * T + t) * D + d] : 0.f;
}
