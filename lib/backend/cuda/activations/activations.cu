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

/** silu(gate)·up of rows [N, 2F]. */
KERNEL gate(const float* x, float* y, int F) {
  const i64 n = blockIdx.x;
  for (int f = threadIdx.x; f < F; f += blockDim.x) {
    const float g = x[2 * n * F + f];
    y[n * F + f] = g / (1.f + __expf(-g)) * x[2 * n * F + F + f];
  }
}

KERNEL gateGrad(const float* x, const float* dy, float* dx, int F) {
  const i64 n = blockIdx.x;
  for (int f = threadIdx.x; f < F; f += blockDim.x) {
    const i64 g = 2 * n * F + f, u = g + F;
    const float sigmoid = 1.f / (1.f + __expf(-x[g])), silu = x[g] * sigmoid, d = dy[n * F + f];
    dx[u] = d * silu;
    dx[g] = d * x[u] * (sigmoid + silu * (1.f - sigmoid));
  }
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
