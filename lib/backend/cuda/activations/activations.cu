// RMS norm and gate, with their gradients. A block computes a row.

/** y = x / √(mean x² + ε) · w of rows [N, C]. If there is a `delta`, the norm is that of x + delta, written to total.
 */
KERNEL rmsNorm(const float* x, const float* delta, const float* w, float* total, float* y, int C, float epsilon) {
  const i64 at = (i64)blockIdx.x * C;
  float squares = 0;
  for (int c = threadIdx.x; c < C; c += blockDim.x) {
    float v = x[at + c];
    if (delta) v += delta[at + c], total[at + c] = v;
    squares += v * v;
  }
  const float scale = rsqrtf(blockSum(squares) / C + epsilon);
  const float* from = delta ? total : x;
  for (int c = threadIdx.x; c < C; c += blockDim.x) y[at + c] = from[at + c] * scale * w[c];
}

/** The same of rows of whole 16 bytes, a warp a row. */
template <class Four>
__device__ __forceinline__ void normRows(const float* x, const float* w, Four* y, int C, int N, float epsilon) {
  const i64 n = (i64)blockIdx.x * (blockDim.x >> 5) + WARP;
  if (n >= N) return;
  const float4 *from = reinterpret_cast<const float4*>(x + n * C), *weights = reinterpret_cast<const float4*>(w);
  Four* to = y + n * (C / 4);
  float squares = 0;
  for (int c = LANE; c < C / 4; c += 32) {
    const float4 v = from[c];
    squares += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
  }
  const float scale = rsqrtf(warpSum(squares) / C + epsilon);
  for (int c = LANE; c < C / 4; c += 32) {
    const float4 v = from[c], m = weights[c];
    setFour(to + c, {v.x * scale * m.x, v.y * scale * m.y, v.z * scale * m.z, v.w * scale * m.w});
  }
}

KERNEL rmsNormRows(const float* x, const float* w, float4* y, int C, int N, float epsilon) {
  normRows(x, w, y, C, N, epsilon);
}
KERNEL rmsNormRowsHalf(const float* x, const float* w, uint2* y, int C, int N, float epsilon) {
  normRows(x, w, y, C, N, epsilon);
}

/** dx of the norm, plus `added` unless it is null; inverse [N] is 1 / √(mean x² + ε). */
KERNEL rmsNormGrad(const float* x, const float* w, const float* dy, const float* added, float* dx, float* inverse,
                   int C, float epsilon) {
  const i64 at = (i64)blockIdx.x * C;
  float squares = 0, dot = 0;
  for (int c = threadIdx.x; c < C; c += blockDim.x) {
    const float v = x[at + c];
    squares += v * v, dot += dy[at + c] * w[c] * v;
  }
  squares = blockSum(squares), dot = blockSum(dot);
  const float scale = rsqrtf(squares / C + epsilon), back = dot * scale * scale / C;
  for (int c = threadIdx.x; c < C; c += blockDim.x)
    dx[at + c] = scale * (dy[at + c] * w[c] - x[at + c] * back) + (added ? added[at + c] : 0.f);
  if (threadIdx.x == 0) inverse[blockIdx.x] = scale;
}

/** The same of rows of whole 16 bytes, a warp a row. */
KERNEL rmsNormGradRows(const float* x, const float* w, const float* dy, const float* added, float* dx, float* inverse,
                       int C, int N, float epsilon) {
  const i64 n = (i64)blockIdx.x * (blockDim.x >> 5) + WARP;
  if (n >= N) return;
  const float4 *from = reinterpret_cast<const float4*>(x + n * C), *weights = reinterpret_cast<const float4*>(w),
               *back = reinterpret_cast<const float4*>(dy + n * C),
               *more = reinterpret_cast<const float4*>(added ? added + n * C : x);
  float4* to = reinterpret_cast<float4*>(dx + n * C);
  float squares = 0, dot = 0;
  for (int c = LANE; c < C / 4; c += 32) {
    const float4 v = from[c], m = weights[c], d = back[c];
    squares += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
    dot += d.x * m.x * v.x + d.y * m.y * v.y + d.z * m.z * v.z + d.w * m.w * v.w;
  }
  squares = warpSum(squares), dot = warpSum(dot);
  const float scale = rsqrtf(squares / C + epsilon), share = dot * scale * scale / C;
  for (int c = LANE; c < C / 4; c += 32) {
    const float4 v = from[c], m = weights[c], d = back[c];
    float4 out = {scale * (d.x * m.x - v.x * share), scale * (d.y * m.y - v.y * share),
                  scale * (d.z * m.z - v.z * share), scale * (d.w * m.w - v.w * share)};
    if (added) {
      const float4 sum = more[c];
      out.x += sum.x, out.y += sum.y, out.z += sum.z, out.w += sum.w;
    }
    to[c] = out;
  }
  if (LANE == 0) inverse[n] = scale;
}

/**
 * Sums over stretches of rows, into part [gridDim.y, C], of dy, or of dy·x·inverse if there is an x. A block of 32 by 8
 * threads sums 32 columns of a stretch.
 */
KERNEL columnParts(const float* dy, const float* x, const float* inverse, float* part, int N, int C) {
  __shared__ float sums[8][33];
  const int c = blockIdx.x * 32 + threadIdx.x;
  const int each = (N + gridDim.y - 1) / gridDim.y, from = blockIdx.y * each, to = min(N, from + each);
  float sum = 0;
  if (c < C)
    for (int n = from + threadIdx.y; n < to; n += 8) {
      const i64 i = (i64)n * C + c;
      sum += x ? dy[i] * x[i] * inverse[n] : dy[i];
    }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && c < C) {
    for (int i = 1; i < 8; i++) sum += sums[i][threadIdx.x];
    part[(i64)blockIdx.y * C + c] = sum;
  }
}

/** The sum of `parts` rows, in their order. */
KERNEL columnTotal(const float* part, int parts, int C, float* y) {
  const int c = blockIdx.x * blockDim.x + threadIdx.x;
  if (c >= C) return;
  float sum = 0;
  for (int p = 0; p < parts; p++) sum += part[(i64)p * C + c];
  y[c] = sum;
}

__device__ __forceinline__ float gated(float g, float up) { return g / (1.f + __expf(-g)) * up; }

/** silu(gate)·up of rows [N, 2F], four numbers at a time. */
template <class Four>
__device__ __forceinline__ void gateFours(const Four* x, Four* y, int F) {
  const i64 n = blockIdx.x;
  const Four* from = x + n * (F / 2);
  for (int f = threadIdx.x; f < F / 4; f += blockDim.x) {
    const float4 g = fourAt(from + f), up = fourAt(from + F / 4 + f);
    setFour(y + n * (F / 4) + f, {gated(g.x, up.x), gated(g.y, up.y), gated(g.z, up.z), gated(g.w, up.w)});
  }
}

KERNEL gate(const float* x, float* y, int F) {
  if ((F & 3) == 0) return gateFours(reinterpret_cast<const float4*>(x), reinterpret_cast<float4*>(y), F);
  const i64 n = blockIdx.x;
  for (int f = threadIdx.x; f < F; f += blockDim.x) y[n * F + f] = gated(x[2 * n * F + f], x[2 * n * F + F + f]);
}
KERNEL gateHalf(const uint2* x, uint2* y, int F) { gateFours(x, y, F); }

/** Of one number: its gradients in g and in up, and the gated number. */
__device__ __forceinline__ void gateBack(float g, float up, float d, float& dG, float& dUp, float& active) {
  const float sigmoid = 1.f / (1.f + __expf(-g)), silu = g * sigmoid;
  dUp = d * silu, dG = d * up * (sigmoid + silu * (1.f - sigmoid)), active = silu * up;
}

/** dx [N, 2F] of `gate`, and its result [N, F] into `active` unless that is null, four numbers at a time. */
template <class Four>
__device__ __forceinline__ void gateGradFours(const Four* x, const Four* dy, Four* dx, Four* active, int F) {
  const i64 n = blockIdx.x;
  const Four* from = x + n * (F / 2);
  Four* to = dx + n * (F / 2);
  for (int f = threadIdx.x; f < F / 4; f += blockDim.x) {
    const i64 at = n * (F / 4) + f;
    const float4 g = fourAt(from + f), up = fourAt(from + F / 4 + f), d = fourAt(dy + at);
    float4 dG, dUp, made;
    gateBack(g.x, up.x, d.x, dG.x, dUp.x, made.x), gateBack(g.y, up.y, d.y, dG.y, dUp.y, made.y);
    gateBack(g.z, up.z, d.z, dG.z, dUp.z, made.z), gateBack(g.w, up.w, d.w, dG.w, dUp.w, made.w);
    setFour(to + f, dG), setFour(to + F / 4 + f, dUp);
    if (active) setFour(active + at, made);
  }
}

KERNEL gateGrad(const float* x, const float* dy, float* dx, float* active, int F) {
  if ((F & 3) == 0)
    return gateGradFours(reinterpret_cast<const float4*>(x), reinterpret_cast<const float4*>(dy),
                         reinterpret_cast<float4*>(dx), reinterpret_cast<float4*>(active), F);
  const i64 n = blockIdx.x;
  for (int f = threadIdx.x; f < F; f += blockDim.x) {
    const i64 g = 2 * n * F + f;
    float made;
    gateBack(x[g], x[g + F], dy[n * F + f], dx[g], dx[g + F], made);
    if (active) active[n * F + f] = made;
  }
}
KERNEL gateGradHalf(const uint2* x, const uint2* dy, uint2* dx, uint2* active, int F) {
  gateGradFours(x, dy, dx, active, F);
}

/** y ← y + scale·x. */
KERNEL addScaled(float* y, const float* x, float scale, i64 size) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < size) y[i] += scale * x[i];
}

/** y ← y·x, number by number. */
KERNEL multiplyBy(float* y, const float* x, i64 size) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < size) y[i] *= x[i];
}

/** y [N, C] += bias [C]. */
KERNEL addBias(float* y, const float* bias, int C) {
  for (int c = threadIdx.x; c < C; c += blockDim.x) y[(i64)blockIdx.x * C + c] += bias[c];
}
