// Causal attention of heads of up to 128 dimensions on tensor cores, and its gradient, without a matrix of T·T scores
// in memory (Dao et al. 2022, 2023). No sum depends on the order of blocks. A block of four warps works on 64 rows, a
// warp on 16 of them.
//
// How rows lie in shared memory, and how they are multiplied, is a set of tiles: float-tiles.cu, half-tiles.cu. It says
// of other rows whether rowProducts reads them (`multiplied`) and whether addWeighted does (`added`).

constexpr int ownRows = 64, otherRows = 32, otherTiles = otherRows / 8;

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
template <class Tiles>
__device__ void tiledAttention(const float* q, const float* k, const float* v, const int* padding, float* y,
                               float* logs, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int DT = Tiles::dimensions;
  float *queries = room, *keys = queries + Tiles::ownWords, *values = keys + Tiles::otherWords(true, false);
  const int first = (gridDim.x - 1 - blockIdx.x) * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G, last = first + 16 * WARP + 15;
  Tiles::fillOwn(q + head * size, a.D, first, a.T, a.D, queries);
  float most[2] = {-INFINITE, -INFINITE}, total[2] = {0, 0}, s[otherTiles][4], sum[DT][4];
#pragma unroll
  for (int d = 0; d < DT; d++) sum[d][0] = sum[d][1] = sum[d][2] = sum[d][3] = 0;
  for (int from = min(first, pad / otherRows * otherRows); from < first + ownRows && from < a.T; from += otherRows) {
    __syncthreads();
    Tiles::template fillOther<true, false>(k + shared * size, a.D, from, a.T, a.D, keys);
    Tiles::template fillOther<false, true>(v + shared * size, a.D, from, a.T, a.D, values);
    __syncthreads();
    if (from > last) continue;
    Tiles::rowProducts(queries, keys, s);
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
    Tiles::addWeighted(s, values, sum);
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    if (row + 8 * half < a.T && TILE_T == 0) logs[head * a.T + row + 8 * half] = most[half] + __logf(total[half]);
    total[half] = 1.f / total[half];
  }
  storeRows<DT>(sum, total, y + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D);
}

/** The gradient of the rotated and scaled queries, dq [B, H, T, D]. Grid: (tiles, H, B). */
template <class Tiles>
__device__ void tiledQueryGradient(const float* q, const float* k, const float* v, const int* padding,
                                   const float* logs, const float* delta, const float* dy, float* dq, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int DT = Tiles::dimensions;
  float *queries = room, *dys = queries + Tiles::ownWords, *keys = dys + Tiles::ownWords,
        *values = keys + Tiles::otherWords(true, true);
  const int first = (gridDim.x - 1 - blockIdx.x) * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G, last = first + 16 * WARP + 15;
  Tiles::fillOwn(q + head * size, a.D, first, a.T, a.D, queries);
  Tiles::fillOwn(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D, dys);
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
    Tiles::template fillOther<true, true>(k + shared * size, a.D, from, a.T, a.D, keys);
    Tiles::template fillOther<true, false>(v + shared * size, a.D, from, a.T, a.D, values);
    __syncthreads();
    if (from > last) continue;
    Tiles::rowProducts(queries, keys, s);
    Tiles::rowProducts(dys, values, dp);
#pragma unroll
    for (int n = 0; n < otherTiles; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const bool seen = attends(row + 8 * (i >> 1), from + 8 * n + 2 * TILE_T + (i & 1), pad, a.T);
        s[n][i] = seen ? __expf(s[n][i] - log[i >> 1]) * (dp[n][i] - dot[i >> 1]) : 0.f;
      }
    Tiles::addWeighted(s, keys + Tiles::addedAt, sum);
  }
  const float one[2] = {1.f, 1.f};
  storeRows<DT>(sum, one, dq + head * size, a.D, first, a.T, a.D);
}

/**
 * What each query head adds to the gradients of the rotated keys and of the values, [B, H, T, D] each. Grid: (tiles, H,
 * B).
 */
template <class Tiles>
__device__ void tiledKeyGradient(const float* q, const float* k, const float* v, const int* padding, const float* logs,
                                 const float* delta, const float* dy, float* dk, float* dv, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int DT = Tiles::dimensions;
  constexpr int other = Tiles::otherWords(true, true);
  float *keys = room, *values = keys + Tiles::ownWords, *queries = values + Tiles::ownWords, *dys = queries + other,
        *ownLogs = dys + other, *dots = ownLogs + otherRows;
  const int first = blockIdx.x * ownRows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K), size = (i64)a.T * a.D;
  const int row = first + 16 * WARP + TILE_G;
  Tiles::fillOwn(k + shared * size, a.D, first, a.T, a.D, keys);
  Tiles::fillOwn(v + shared * size, a.D, first, a.T, a.D, values);
  float s[otherTiles][4], dp[otherTiles][4], sumK[DT][4], sumV[DT][4];
#pragma unroll
  for (int d = 0; d < DT; d++)
#pragma unroll
    for (int i = 0; i < 4; i++) sumK[d][i] = sumV[d][i] = 0;
  const int end = first + ownRows <= pad ? min(first + ownRows, a.T) : a.T;  // keys of padding: seen by themselves only
  for (int from = first; from < end; from += otherRows) {
    __syncthreads();
    Tiles::template fillOther<true, true>(q + head * size, a.D, from, a.T, a.D, queries);
    Tiles::template fillOther<true, true>(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, from, a.T, a.D, dys);
    for (int i = threadIdx.x; i < otherRows; i += blockDim.x) {
      const bool there = from + i < a.T;
      ownLogs[i] = there ? logs[head * a.T + from + i] : 0.f, dots[i] = there ? delta[head * a.T + from + i] : 0.f;
    }
    __syncthreads();
    if (from + otherRows <= first + (int)(16 * WARP)) continue;  // the warp's keys come after these queries
    Tiles::rowProducts(keys, queries, s);
    Tiles::rowProducts(values, dys, dp);
#pragma unroll
    for (int n = 0; n < otherTiles; n++)
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int at = 8 * n + 2 * TILE_T + (i & 1);
        s[n][i] = attends(from + at, row + 8 * (i >> 1), pad, a.T) ? __expf(s[n][i] - ownLogs[at]) : 0.f;
        dp[n][i] = s[n][i] * (dp[n][i] - dots[at]);
      }
    Tiles::addWeighted(s, dys + Tiles::addedAt, sumV);
    Tiles::addWeighted(dp, queries + Tiles::addedAt, sumK);
  }
  const float one[2] = {1.f, 1.f};
  storeRows<DT>(sumK, one, dk + head * size, a.D, first, a.T, a.D);
  storeRows<DT>(sumV, one, dv + head * size, a.D, first, a.T, a.D);
}

#define TILED(name, ...)                                                                                            \
  KERNEL __launch_bounds__(128) attention##name(const float* q, const float* k, const float* v, const int* padding, \
                                                float* y, float* logs, Heads a) {                                   \
    tiledAttention<__VA_ARGS__>(q, k, v, padding, y, logs, a);                                                      \
  }                                                                                                                 \
  KERNEL __launch_bounds__(128)                                                                                     \
      queryGradient##name(const float* q, const float* k, const float* v, const int* padding, const float* logs,    \
                          const float* delta, const float* dy, float* dq, Heads a) {                                \
    tiledQueryGradient<__VA_ARGS__>(q, k, v, padding, logs, delta, dy, dq, a);                                      \
  }                                                                                                                 \
  KERNEL __launch_bounds__(128)                                                                                     \
      keyGradient##name(const float* q, const float* k, const float* v, const int* padding, const float* logs,      \
                        const float* delta, const float* dy, float* dk, float* dv, Heads a) {                       \
    tiledKeyGradient<__VA_ARGS__>(q, k, v, padding, logs, delta, dy, dk, dv, a);                                    \
  }
