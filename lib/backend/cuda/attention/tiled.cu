// Causal attention of heads of up to 128 dimensions on tensor cores, and its gradient, without a matrix of T·T scores
// in memory (Dao et al. 2022, 2023). No sum depends on the order of blocks. A block of four warps works on 64 rows, a
// warp on 16 of them.
//
// With DT tiles of 8 dimensions, a row in shared memory has 8·DT + 4 numbers, so that a warp's reads meet no bank
// twice.

constexpr int ownRows = 64, otherRows = 32, otherTiles = otherRows / 8;

/** Rows `first` … of x, `stride` numbers apart, into shared memory; zeros past T and past D. */
template <int rows, int DT>
__device__ __forceinline__ void fillRows(const float* x, i64 stride, int first, int T, int D, float* room) {
  constexpr int wide = 8 * DT, S = wide + 4;
  if (D & 3) {
    for (int i = threadIdx.x; i < rows * wide; i += blockDim.x) {
      const int r = i / wide, d = i % wide;
      room[r * S + d] = first + r < T && d < D ? x[(first + r) * stride + d] : 0.f;
    }
    return;
  }
  for (int i = threadIdx.x; i < rows * wide / 4; i += blockDim.x) {
    const int r = i / (wide / 4), d = 4 * (i % (wide / 4));
    const float4 zeros = {0.f, 0.f, 0.f, 0.f};
    *reinterpret_cast<float4*>(room + r * S + d) =
        first + r < T && d < D ? *reinterpret_cast<const float4*>(x + (first + r) * stride + d) : zeros;
  }
}

/** s = own·otherᵀ, of the warp's 16 rows of `own` and of all rows of `other`. */
template <int DT, bool exact>
__device__ __forceinline__ void rowProducts(const float* own, const float* other, float (&s)[otherTiles][4]) {
  constexpr int S = 8 * DT + 4;
  const int g = TILE_G, t = TILE_T;
#pragma unroll
  for (int n = 0; n < otherTiles; n++) s[n][0] = s[n][1] = s[n][2] = s[n][3] = 0;
  const float* mine = own + (16 * WARP + g) * S + t;
#pragma unroll
  for (int d = 0; d < DT; d++) {
    Parts<4, exact> a;
    a.set(0, mine[8 * d]), a.set(1, mine[8 * S + 8 * d]), a.set(2, mine[8 * d + 4]), a.set(3, mine[8 * S + 8 * d + 4]);
#pragma unroll
    for (int n = 0; n < otherTiles; n++) {
      const float* theirs = other + (8 * n + g) * S + 8 * d + t;
      Parts<2, exact> b;
      b.set(0, theirs[0]), b.set(1, theirs[4]);
      multiplyTile<exact>(s[n], a, b);
    }
  }
}

/**
 * sum += w·other, of the warp's weights w [16, 32]. The sums' columns 2t and 2t + 1 serve as A's columns t and t + 4;
 * the rows of `other` are read in the same order.
 */
template <int DT, bool exact>
__device__ __forceinline__ void addWeighted(const float (&w)[otherTiles][4], const float* other, float (&sum)[DT][4]) {
  constexpr int S = 8 * DT + 4;
  const int g = TILE_G, t = TILE_T;
  Parts<4, exact> a[otherTiles];
#pragma unroll
  for (int n = 0; n < otherTiles; n++)
    a[n].set(0, w[n][0]), a[n].set(1, w[n][2]), a[n].set(2, w[n][1]), a[n].set(3, w[n][3]);
#pragma unroll
  for (int d = 0; d < DT; d++) {
    float some[4] = {0, 0, 0, 0};
#pragma unroll
    for (int n = 0; n < otherTiles; n++) {
      const float* theirs = other + (8 * n + 2 * t) * S + 8 * d + g;
      Parts<2, exact> b;
      b.set(0, theirs[0]), b.set(1, theirs[S]);
      multiplyTile<exact>(some, a[n], b);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) sum[d][i] += some[i];
  }
}

/** The warp's 16 rows of a result, row r times factor[r / 8]. */
template <int DT>
__device__ __forceinline__ void storeRows(const float (&sum)[DT][4], const float (&factor)[2], float* y, i64 stride,
                                          int first, int T, int D) {
  const int row = first + 16 * WARP + TILE_G;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    if (row + 8 * half >= T) continue;
    float* out = y + (row + 8 * half) * stride;
#pragma unroll
    for (int d = 0; d < DT; d++) {
      const int at = 8 * d + 2 * TILE_T;
      if (at < D) out[at] = sum[d][2 * half] * factor[half], out[at + 1] = sum[d][2 * half + 1] * factor[half];
    }
  }
}

/** y [B·T, H·D] and logs [B, H, T], the logarithms of the softmaxes' denominators. Grid: (tiles, H, B). */
template <int DT, bool exact>
__device__ void tiledAttention(const float* q, const float* k, const float* v, const int* padding, float* y,
                               float* logs, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int S = 8 * DT + 4;
  float *queries = room, *keys = queries + ownRows * S, *values = keys + otherRows * S;
  const int first = (gridDim.x - 1 - blockIdx.x) * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G, last = first + 16 * WARP + 15;
  fillRows<ownRows, DT>(q + head * size, a.D, first, a.T, a.D, queries);
  float most[2] = {-INFINITE, -INFINITE}, total[2] = {0, 0}, s[otherTiles][4], sum[DT][4];
#pragma unroll
  for (int d = 0; d < DT; d++) sum[d][0] = sum[d][1] = sum[d][2] = sum[d][3] = 0;
  for (int from = min(first, pad / otherRows * otherRows); from < first + ownRows && from < a.T; from += otherRows) {
    __syncthreads();
    fillRows<otherRows, DT>(k + shared * size, a.D, from, a.T, a.D, keys);
    fillRows<otherRows, DT>(v + shared * size, a.D, from, a.T, a.D, values);
    __syncthreads();
    if (from > last) continue;
    rowProducts<DT, exact>(queries, keys, s);
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float highest = most[half];
#pragma unroll
      for (int n = 0; n < otherTiles; n++)
#pragma unroll
        for (int i = 2 * half; i < 2 * half + 2; i++) {
          if (!attends(row + 8 * half, from + 8 * n + 2 * TILE_T + (i & 1), pad, a.T)) s[n][i] = -INFINITE;
          highest = fmaxf(highest, s[n][i]);
        }
      for (int o = 1; o < 4; o *= 2) highest = fmaxf(highest, __shfl_xor_sync(ALL_LANES, highest, o));
      const float safe = highest == -INFINITE ? 0.f : highest, shrink = __expf(most[half] - safe);
      float some = 0;
#pragma unroll
      for (int n = 0; n < otherTiles; n++)
#pragma unroll
        for (int i = 2 * half; i < 2 * half + 2; i++) s[n][i] = __expf(s[n][i] - safe), some += s[n][i];
      for (int o = 1; o < 4; o *= 2) some += __shfl_xor_sync(ALL_LANES, some, o);
      total[half] = total[half] * shrink + some, most[half] = highest;
#pragma unroll
      for (int d = 0; d < DT; d++) sum[d][2 * half] *= shrink, sum[d][2 * half + 1] *= shrink;
    }
    addWeighted<DT, exact>(s, values, sum);
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    if (row + 8 * half < a.T && TILE_T == 0) logs[head * a.T + row + 8 * half] = most[half] + __logf(total[half]);
    total[half] = 1.f / total[half];
  }
  storeRows<DT>(sum, total, y + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D);
}

/** The gradient of the rotated and scaled queries, dq [B, H, T, D]. Grid: (tiles, H, B). */
template <int DT, bool exact>
__device__ void tiledQueryGradient(const float* q, const float* k, const float* v, const int* padding,
                                   const float* logs, const float* delta, const float* dy, float* dq, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int S = 8 * DT + 4;
  float *queries = room, *dys = queries + ownRows * S, *keys = dys + ownRows * S, *values = keys + otherRows * S;
  const int first = (gridDim.x - 1 - blockIdx.x) * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G, last = first + 16 * WARP + 15;
  fillRows<ownRows, DT>(q + head * size, a.D, first, a.T, a.D, queries);
  fillRows<ownRows, DT>(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D, dys);
  float log[2], dot[2], s[otherTiles][4], dp[otherTiles][4], sum[DT][4];
#pragma unroll
  for (int half = 0; half < 2; half++) {
    const int at = row + 8 * half;
    log[half] = at < a.T ? logs[head * a.T + at] : 0.f, dot[half] = at < a.T ? delta[head * a.T + at] : 0.f;
  }
#pragma unroll
  for (int d = 0; d < DT; d++) sum[d][0] = sum[d][1] = sum[d][2] = sum[d][3] = 0;
  for (int from = min(first, pad / otherRows * otherRows); from < first + ownRows && from < a.T; from += otherRows) {
    __syncthreads();
    fillRows<otherRows, DT>(k + shared * size, a.D, from, a.T, a.D, keys);
    fillRows<otherRows, DT>(v + shared * size, a.D, from, a.T, a.D, values);
    __syncthreads();
    if (from > last) continue;
    rowProducts<DT, exact>(queries, keys, s);
    rowProducts<DT, exact>(dys, values, dp);
#pragma unroll
    for (int n = 0; n < otherTiles; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const bool seen = attends(row + 8 * (i >> 1), from + 8 * n + 2 * TILE_T + (i & 1), pad, a.T);
        s[n][i] = seen ? __expf(s[n][i] - log[i >> 1]) * (dp[n][i] - dot[i >> 1]) : 0.f;
      }
    addWeighted<DT, exact>(s, keys, sum);
  }
  const float one[2] = {1.f, 1.f};
  storeRows<DT>(sum, one, dq + head * size, a.D, first, a.T, a.D);
}

/**
 * What each query head adds to the gradients of the rotated keys and of the values, [B, H, T, D] each. Grid: (tiles, H,
 * B).
 */
template <int DT, bool exact>
__device__ void tiledKeyGradient(const float* q, const float* k, const float* v, const int* padding, const float* logs,
                                 const float* delta, const float* dy, float* dk, float* dv, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int S = 8 * DT + 4;
  float *keys = room, *values = keys + ownRows * S, *queries = values + ownRows * S, *dys = queries + otherRows * S,
        *ownLogs = dys + otherRows * S, *dots = ownLogs + otherRows;
  const int first = blockIdx.x * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G;
  fillRows<ownRows, DT>(k + shared * size, a.D, first, a.T, a.D, keys);
  fillRows<ownRows, DT>(v + shared * size, a.D, first, a.T, a.D, values);
  float s[otherTiles][4], dp[otherTiles][4], sumK[DT][4], sumV[DT][4];
#pragma unroll
  for (int d = 0; d < DT; d++)
#pragma unroll
    for (int i = 0; i < 4; i++) sumK[d][i] = sumV[d][i] = 0;
  const int end = first + ownRows <= pad ? min(first + ownRows, a.T) : a.T;  // keys of padding: seen by themselves only
  for (int from = first; from < end; from += otherRows) {
    __syncthreads();
    fillRows<otherRows, DT>(q + head * size, a.D, from, a.T, a.D, queries);
    fillRows<otherRows, DT>(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, from, a.T, a.D, dys);
    for (int i = threadIdx.x; i < otherRows; i += blockDim.x) {
      const bool there = from + i < a.T;
      ownLogs[i] = there ? logs[head * a.T + from + i] : 0.f, dots[i] = there ? delta[head * a.T + from + i] : 0.f;
    }
    __syncthreads();
    if (from + otherRows <= first + (int)(16 * WARP)) continue;  // the warp's keys come after these queries
    rowProducts<DT, exact>(keys, queries, s);
    rowProducts<DT, exact>(values, dys, dp);
#pragma unroll
    for (int n = 0; n < otherTiles; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int at = 8 * n + 2 * TILE_T + (i & 1);
        s[n][i] = attends(from + at, row + 8 * (i >> 1), pad, a.T) ? __expf(s[n][i] - ownLogs[at]) : 0.f;
        dp[n][i] = s[n][i] * (dp[n][i] - dots[at]);
      }
    addWeighted<DT, exact>(s, dys, sumV);
    addWeighted<DT, exact>(dp, queries, sumK);
  }
  const float one[2] = {1.f, 1.f};
  storeRows<DT>(sumK, one, dk + head * size, a.D, first, a.T, a.D);
  storeRows<DT>(sumV, one, dv + head * size, a.D, first, a.T, a.D);
}

#define TILED(name, DT, exact)                                                                                      \
  KERNEL __launch_bounds__(128) attention##name(const float* q, const float* k, const float* v, const int* padding, \
                                                float* y, float* logs, Heads a) {                                   \
    tiledAttention<DT, exact>(q, k, v, padding, y, logs, a);                                                        \
  }                                                                                                                 \
  KERNEL __launch_bounds__(128)                                                                                     \
      queryGradient##name(const float* q, const float* k, const float* v, const int* padding, const float* logs,    \
                          const float* delta, const float* dy, float* dq, Heads a) {                                \
    tiledQueryGradient<DT, exact>(q, k, v, padding, logs, delta, dy, dq, a);                                        \
  }                                                                                                                 \
  KERNEL __launch_bounds__(128)                                                                                     \
      keyGradient##name(const float* q, const float* k, const float* v, const int* padding, const float* logs,      \
                        const float* delta, const float* dy, float* dk, float* dv, Heads a) {                       \
    tiledKeyGradient<DT, exact>(q, k, v, padding, logs, delta, dy, dk, dv, a);                                      \
  }
