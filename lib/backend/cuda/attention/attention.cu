// Causal attention of whole sequences and its gradient, without a matrix of T·T scores in memory (Dao et al. 2022), on
// the cores of float32: for heads of more than 128 dimensions, and for cards without tensor cores for float32. tiled.cu
// has the same on tensor cores. No sum depends on the order of blocks.
//
// A block of 256 threads, 16 by 16, works on a tile of 16·R rows; its threads hold R by R scores, and R rows by W
// columns of a sum. Thread (y, x) has rows y + 16r, and scores of columns x + 16c. Tiles in shared memory have a row
// stride of 16·W + 4 numbers, so that a quarter of a warp reads 16 bytes a thread from all banks.

#define TX (threadIdx.x & 15)
#define TY (threadIdx.x >> 4)

/** Rows `first` … of x, `stride` numbers apart, into a tile; zeros past T and past D. */
template <int R, int W>
__device__ __forceinline__ void loadTile(const float* x, i64 stride, int first, int T, int D, float* tile) {
  constexpr int S = 16 * W + 4;
  for (int i = threadIdx.x; i < 16 * R * S; i += blockDim.x) {
    const int r = i / S, d = i % S;
    tile[i] = first + r < T && d < D ? x[(first + r) * stride + d] : 0.f;
  }
}

/** s[r][c] = row y + 16r of a · row x + 16c of b. */
template <int R, int W>
__device__ __forceinline__ void scores(const float* a, const float* b, int D, float (&s)[R][R]) {
  constexpr int S = 16 * W + 4;
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int c = 0; c < R; c++) s[r][c] = 0;
  for (int d = 0; d < D; d += 4) {
    float4 left[R], right[R];
#pragma unroll
    for (int r = 0; r < R; r++) left[r] = *reinterpret_cast<const float4*>(a + (TY + 16 * r) * S + d);
#pragma unroll
    for (int c = 0; c < R; c++) right[c] = *reinterpret_cast<const float4*>(b + (TX + 16 * c) * S + d);
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
      for (int c = 0; c < R; c++)
        s[r][c] += left[r].x * right[c].x + left[r].y * right[c].y + left[r].z * right[c].z + left[r].w * right[c].w;
  }
}

/** sum[r] += Σ_j p[y + 16r][j] · row j of v, in columns 4x + 64w …. p has a row stride of 16·R + 4. */
template <int R, int W>
__device__ __forceinline__ void accumulate(const float* p, const float* v, float4 (&sum)[R][W / 4]) {
  constexpr int S = 16 * W + 4, P = 16 * R + 4;
  for (int j = 0; j < 16 * R; j += 4) {
    float4 weight[R];
#pragma unroll
    for (int r = 0; r < R; r++) weight[r] = *reinterpret_cast<const float4*>(p + (TY + 16 * r) * P + j);
#pragma unroll
    for (int w = 0; w < W / 4; w++) {
      float4 value[4];
#pragma unroll
      for (int i = 0; i < 4; i++) value[i] = *reinterpret_cast<const float4*>(v + (j + i) * S + 4 * TX + 64 * w);
#pragma unroll
      for (int r = 0; r < R; r++) {
        float4& out = sum[r][w];
        out.x +=
            weight[r].x * value[0].x + weight[r].y * value[1].x + weight[r].z * value[2].x + weight[r].w * value[3].x;
        out.y +=
            weight[r].x * value[0].y + weight[r].y * value[1].y + weight[r].z * value[2].y + weight[r].w * value[3].y;
        out.z +=
            weight[r].x * value[0].z + weight[r].y * value[1].z + weight[r].z * value[2].z + weight[r].w * value[3].z;
        out.w +=
            weight[r].x * value[0].w + weight[r].y * value[1].w + weight[r].z * value[2].w + weight[r].w * value[3].w;
      }
    }
  }
}

template <int R, int W>
__device__ __forceinline__ void zero(float4 (&sum)[R][W / 4]) {
#pragma unroll
  for (int r = 0; r < R; r++)
#pragma unroll
    for (int w = 0; w < W / 4; w++) sum[r][w] = make_float4(0.f, 0.f, 0.f, 0.f);
}

/** Writes the sums of rows `first` + y + 16r, each times its factor, to rows of y that lie `stride` apart. */
template <int R, int W>
__device__ __forceinline__ void storeTile(const float4 (&sum)[R][W / 4], const float (&factor)[R], float* y, i64 stride,
                                          int first, int T, int D) {
#pragma unroll
  for (int r = 0; r < R; r++) {
    const int t = first + TY + 16 * r;
    if (t >= T) continue;
#pragma unroll
    for (int w = 0; w < W / 4; w++) {
      const float numbers[4] = {sum[r][w].x, sum[r][w].y, sum[r][w].z, sum[r][w].w};
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int d = 4 * TX + 64 * w + i;
        if (d < D) y[t * stride + d] = numbers[i] * factor[r];
      }
    }
  }
}

/** The first tile of keys that a tile of queries attends to. */
template <int R>
__device__ __forceinline__ int firstTile(int queries, int pad) {
  return min(queries, pad / (16 * R) * (16 * R));
}

/** y [B·T, H·D] and logs [B, H, T], the logarithms of the softmaxes' denominators. Grid: (tiles, H, B). */
template <int R, int W>
__device__ void attention(const float* q, const float* k, const float* v, const int* padding, float* y, float* logs,
                          Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int rows = 16 * R, S = 16 * W + 4, P = rows + 4;
  float *queries = room, *keys = queries + rows * S, *values = keys + rows * S, *p = values + rows * S;
  const int first = (gridDim.x - 1 - blockIdx.x) * rows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K);
  const float *ownKeys = k + shared * a.T * a.D, *ownValues = v + shared * a.T * a.D;
  loadTile<R, W>(q + head * a.T * a.D, a.D, first, a.T, a.D, queries);
  float most[R], total[R], s[R][R];
  float4 sum[R][W / 4];
  zero<R, W>(sum);
#pragma unroll
  for (int r = 0; r < R; r++) most[r] = -INFINITE, total[r] = 0;
  for (int from = firstTile<R>(first, pad); from < first + rows && from < a.T; from += rows) {
    __syncthreads();
    loadTile<R, W>(ownKeys, a.D, from, a.T, a.D, keys);
    loadTile<R, W>(ownValues, a.D, from, a.T, a.D, values);
    __syncthreads();
    scores<R, W>(queries, keys, a.D, s);
#pragma unroll
    for (int r = 0; r < R; r++) {
      const int t = first + TY + 16 * r;
      float highest = most[r];
#pragma unroll
      for (int c = 0; c < R; c++) {
        if (!attends(t, from + TX + 16 * c, pad, a.T)) s[r][c] = -INFINITE;
        highest = fmaxf(highest, s[r][c]);
      }
      for (int o = 8; o; o >>= 1) highest = fmaxf(highest, __shfl_xor_sync(ALL_LANES, highest, o));
      const float safe = highest == -INFINITE ? 0.f : highest, shrink = __expf(most[r] - safe);
      float some = 0;
#pragma unroll
      for (int c = 0; c < R; c++) {
        const float e = __expf(s[r][c] - safe);
        some += e;
        p[(TY + 16 * r) * P + TX + 16 * c] = e;
      }
      for (int o = 8; o; o >>= 1) some += __shfl_xor_sync(ALL_LANES, some, o);
      total[r] = total[r] * shrink + some, most[r] = highest;
#pragma unroll
      for (int w = 0; w < W / 4; w++)
        sum[r][w].x *= shrink, sum[r][w].y *= shrink, sum[r][w].z *= shrink, sum[r][w].w *= shrink;
    }
    __syncthreads();
    accumulate<R, W>(p, values, sum);
  }
#pragma unroll
  for (int r = 0; r < R; r++) {
    const int t = first + TY + 16 * r;
    if (t < a.T && TX == 0) logs[head * a.T + t] = most[r] + __logf(total[r]);
    total[r] = 1.f / total[r];
  }
  storeTile<R, W>(sum, total, y + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D);
}

/** The gradient of the rotated and scaled queries, dq [B, H, T, D]. Grid: (tiles, H, B). */
template <int R, int W>
__device__ void queryGradient(const float* q, const float* k, const float* v, const int* padding, const float* logs,
                              const float* delta, const float* dy, float* dq, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int rows = 16 * R, S = 16 * W + 4, P = rows + 4;
  float *queries = room, *dys = queries + rows * S, *keys = dys + rows * S, *values = keys + rows * S,
        *p = values + rows * S;
  const int first = (gridDim.x - 1 - blockIdx.x) * rows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K);
  loadTile<R, W>(q + head * a.T * a.D, a.D, first, a.T, a.D, queries);
  loadTile<R, W>(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, first, a.T, a.D, dys);
  float s[R][R], dp[R][R], one[R];
  float4 sum[R][W / 4];
  zero<R, W>(sum);
  for (int from = firstTile<R>(first, pad); from < first + rows && from < a.T; from += rows) {
    __syncthreads();
    loadTile<R, W>(k + shared * a.T * a.D, a.D, from, a.T, a.D, keys);
    loadTile<R, W>(v + shared * a.T * a.D, a.D, from, a.T, a.D, values);
    __syncthreads();
    scores<R, W>(queries, keys, a.D, s);
    scores<R, W>(dys, values, a.D, dp);
#pragma unroll
    for (int r = 0; r < R; r++) {
      const int t = first + TY + 16 * r;
      const float log = t < a.T ? logs[head * a.T + t] : 0.f, dot = t < a.T ? delta[head * a.T + t] : 0.f;
#pragma unroll
      for (int c = 0; c < R; c++)
        p[(TY + 16 * r) * P + TX + 16 * c] =
            attends(t, from + TX + 16 * c, pad, a.T) ? __expf(s[r][c] - log) * (dp[r][c] - dot) : 0.f;
    }
    __syncthreads();
    accumulate<R, W>(p, keys, sum);
  }
#pragma unroll
  for (int r = 0; r < R; r++) one[r] = 1.f;
  storeTile<R, W>(sum, one, dq + head * a.T * a.D, a.D, first, a.T, a.D);
}

/**
 * What each query head adds to the gradients of the rotated keys and of the values, [B, H, T, D] each. Grid: (tiles, H,
 * B).
 */
template <int R, int W>
__device__ void keyGradient(const float* q, const float* k, const float* v, const int* padding, const float* logs,
                            const float* delta, const float* dy, float* dk, float* dv, Heads a) {
  DYNAMIC_SHARED(room);
  constexpr int rows = 16 * R, S = 16 * W + 4, P = rows + 4;
  float *queries = room, *dys = queries + rows * S, *keys = dys + rows * S, *values = keys + rows * S,
        *p = values + rows * S;
  const int first = blockIdx.x * rows, h = blockIdx.y, b = blockIdx.z, pad = padding[b];
  const i64 head = (i64)b * a.H + h, shared = (i64)b * a.K + h / (a.H / a.K);
  loadTile<R, W>(k + shared * a.T * a.D, a.D, first, a.T, a.D, keys);
  loadTile<R, W>(v + shared * a.T * a.D, a.D, first, a.T, a.D, values);
  float s[R][R], dp[R][R], one[R];
  float4 sumK[R][W / 4], sumV[R][W / 4];
  zero<R, W>(sumK), zero<R, W>(sumV);
  const int end = first + rows <= pad ? min(first + rows, a.T) : a.T;  // keys of padding are seen by themselves only
  for (int from = first; from < end; from += rows) {
    __syncthreads();
    loadTile<R, W>(q + head * a.T * a.D, a.D, from, a.T, a.D, queries);
    loadTile<R, W>(dy + ((i64)b * a.T * a.H + h) * a.D, (i64)a.H * a.D, from, a.T, a.D, dys);
    __syncthreads();
    scores<R, W>(keys, queries, a.D, s);
    scores<R, W>(values, dys, a.D, dp);
#pragma unroll
    for (int c = 0; c < R; c++) {
      const int t = from + TX + 16 * c;
      const float log = t < a.T ? logs[head * a.T + t] : 0.f, dot = t < a.T ? delta[head * a.T + t] : 0.f;
#pragma unroll
      for (int r = 0; r < R; r++) {
        s[r][c] = attends(t, first + TY + 16 * r, pad, a.T) ? __expf(s[r][c] - log) : 0.f;
        dp[r][c] = s[r][c] * (dp[r][c] - dot);
        p[(TY + 16 * r) * P + TX + 16 * c] = s[r][c];
      }
    }
    __syncthreads();
    accumulate<R, W>(p, dys, sumV);
    __syncthreads();
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
      for (int c = 0; c < R; c++) p[(TY + 16 * r) * P + TX + 16 * c] = dp[r][c];
    __syncthreads();
    accumulate<R, W>(p, queries, sumK);
  }
#pragma unroll
  for (int r = 0; r < R; r++) one[r] = 1.f;
  storeTile<R, W>(sumK, one, dk + head * a.T * a.D, a.D, first, a.T, a.D);
  storeTile<R, W>(sumV, one, dv + head * a.T * a.D, a.D, first, a.T, a.D);
}

#define ATTENTION(R, W)                                                                                                \
  KERNEL __launch_bounds__(256) attention##R##x##W(const float* q, const float* k, const float* v, const int* padding, \
                                                   float* y, float* logs, Heads a) {                                   \
    attention<R, W>(q, k, v, padding, y, logs, a);                                                                     \
  }                                                                                                                    \
  KERNEL __launch_bounds__(256)                                                                                        \
      queryGradient##R##x##W(const float* q, const float* k, const float* v, const int* padding, const float* logs,    \
                             const float* delta, const float* dy, float* dq, Heads a) {                                \
    queryGradient<R, W>(q, k, v, padding, logs, delta, dy, dq, a);                                                     \
  }                                                                                                                    \
  KERNEL __launch_bounds__(256)                                                                                        \
      keyGradient##R##x##W(const float* q, const float* k, const float* v, const int* padding, const float* logs,      \
                           const float* delta, const float* dy, float* dk, float* dv, Heads a) {                       \
    keyGradient<R, W>(q, k, v, padding, logs, delta, dy, dk, dv, a);                                                   \
  }

ATTENTION(2, 4)
ATTENTION(2, 8)
ATTENTION(2, 16)
ATTENTION(1, 8)  // in half the shared memory
ATTENTION(1, 16)
