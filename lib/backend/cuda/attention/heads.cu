// The norm of query and key heads and their rotary position embedding (Su et al. 2021), with gradients.

/** 1 / √(mean of the squares + ε) of x + bias [D], in every lane of a warp. */
__device__ __forceinline__ float headScale(const float* x, const float* bias, int D, float epsilon) {
  float squares = 0;
  for (int d = LANE; d < D; d += 32) {
    const float v = x[d] + (bias ? bias[d] : 0.f);
    squares += v * v;
  }
  return rsqrtf(warpSum(squares) / D + epsilon);
}

/** A warp writes y [D] = rotated norm of x + bias, times `factor`. Without a norm weight, x + bias is rotated as it is.
 */
__device__ __forceinline__ void rotateHead(const float* x, const float* bias, const float* norm, const float* cosines,
                                           const float* sines, float* y, int D, float epsilon, float factor) {
  const int half = D / 2;
  const float scale = norm ? headScale(x, bias, D, epsilon) : 1.f;
  for (int d = LANE; d < D; d += 32) {
    const int other = d < half ? d + half : d - half;
    float mine = x[d] + (bias ? bias[d] : 0.f), partner = x[other] + (bias ? bias[other] : 0.f);
    if (norm) mine *= scale * norm[d], partner *= scale * norm[other];
    y[d] = (mine * cosines[d] + partner * sines[d]) * factor;
  }
}

/**
 * qkv [B·T, (H + 2K)D] into q [B, H, T, D], rotated and times `factor`, k [B, K, T, D], rotated, and v [B, K, T, D]. A
 * block computes a row of qkv, a warp a head.
 */
KERNEL splitHeads(const float* qkv, const float* bias, const float* cosines, const float* sines, const float* qNorm,
                  const float* kNorm, float* q, float* k, float* v, int T, int H, int K, int D, float epsilon,
                  float factor) {
  const int n = blockIdx.x, b = n / T, t = n % T, warps = blockDim.x >> 5;
  const float *cosine = cosines + t * D, *sine = sines + t * D;
  for (int h = WARP; h < H + 2 * K; h += warps) {
    const float* x = qkv + ((i64)n * (H + 2 * K) + h) * D;
    const float* added = bias ? bias + h * D : nullptr;
    if (h < H) rotateHead(x, added, qNorm, cosine, sine, q + (((i64)b * H + h) * T + t) * D, D, epsilon, factor);
    else if (h < H + K)
      rotateHead(x, added, kNorm, cosine, sine, k + (((i64)b * K + h - H) * T + t) * D, D, epsilon, 1.f);
    else
      for (int d = LANE; d < D; d += 32)
        v[(((i64)b * K + h - H - K) * T + t) * D + d] = x[d] + (added ? added[d] : 0.f);
  }
}

/**
 * The gradient of splitHeads: dqkv [B·T, (H + 2K)D], and parts [B·T, 2D] of the gradients of the norms of queries and
 * of keys, if there are norms. A block computes a row with 8 warps, each a head at a time; shared: 8·2·D numbers.
 */
KERNEL joinHeads(const float* qkv, const float* bias, const float* cosines, const float* sines, const float* qNorm,
                 const float* kNorm, const float* dq, const float* dk, const float* dv, float* dqkv, float* normParts,
                 int T, int H, int K, int D, float epsilon, float factor) {
  DYNAMIC_SHARED(room);
  const int n = blockIdx.x, b = n / T, t = n % T, warps = blockDim.x >> 5, half = D / 2;
  const float *cosine = cosines + t * D, *sine = sines + t * D;
  float* own = room + WARP * 2 * D;
  if (qNorm)
    for (int d = LANE; d < D; d += 32) own[d] = own[D + d] = 0;  // by the lane that adds to it
  for (int h = WARP; h < H + 2 * K; h += warps) {
    const i64 place = ((i64)n * (H + 2 * K) + h) * D;
    if (h >= H + K) {
      for (int d = LANE; d < D; d += 32) dqkv[place + d] = dv[(((i64)b * K + h - H - K) * T + t) * D + d];
      continue;
    }
    const bool isQuery = h < H;
    const float* dy = isQuery ? dq + (((i64)b * H + h) * T + t) * D : dk + (((i64)b * K + h - H) * T + t) * D;
    const float *x = qkv + place, *added = bias ? bias + h * D : nullptr, *norm = isQuery ? qNorm : kNorm;
    const float times = isQuery ? factor : 1.f;
    const auto turned = [&](int d) {
      const int other = d < half ? d + half : d - half;
      return (dy[d] * cosine[d] + dy[other] * sine[other]) * times;
    };
    if (!norm) {
      for (int d = LANE; d < D; d += 32) dqkv[place + d] = turned(d);
      continue;
    }
    const float scale = headScale(x, added, D, epsilon);
    float dot = 0;
    for (int d = LANE; d < D; d += 32) {
      const float v = x[d] + (added ? added[d] : 0.f), g = turned(d);
      own[(isQuery ? 0 : D) + d] += g * v * scale;
      dot += g * norm[d] * v;
    }
    const float back = warpSum(dot) * scale * scale / D;
    for (int d = LANE; d < D; d += 32) {
      const float v = x[d] + (added ? added[d] : 0.f);
      dqkv[place + d] = scale * (turned(d) * norm[d] - v * back);
    }
  }
  if (!qNorm) return;
  __syncthreads();
  for (int d = threadIdx.x; d < 2 * D; d += blockDim.x) {
    float sum = 0;
    for (int warp = 0; warp < warps; warp++) sum += room[warp * 2 * D + d];
    normParts[(i64)n * 2 * D + d] = sum;
  }
}
