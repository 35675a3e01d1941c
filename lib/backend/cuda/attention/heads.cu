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
  for (int d = LANE; d < half; d += 32) {
    const int e = d + half;
    float left = x[d] + (bias ? bias[d] : 0.f), right = x[e] + (bias ? bias[e] : 0.f);
    if (norm) left *= scale * norm[d], right *= scale * norm[e];
    y[d] = (left * cosines[d] + right * sines[d]) * factor;
    y[e] = (right * cosines[e] + left * sines[e]) * factor;
  }
}

/**
 * qkv [B·T, (H + 2K)D] into q [B, H, T, D], rotated and times `factor`, k [B, K, T, D], rotated, and v [B, K, T, D]. A
 * warp computes a head of a row; there are `count` of them.
 */
KERNEL splitHeads(const float* qkv, const float* bias, const float* cosines, const float* sines, const float* qNorm,
                  const float* kNorm, float* q, float* k, float* v, int T, int H, int K, int D, float epsilon,
                  float factor, i64 count) {
  const i64 i = (i64)blockIdx.x * (blockDim.x >> 5) + WARP;
  if (i >= count) return;
  const int n = i / (H + 2 * K), h = i % (H + 2 * K), b = n / T, t = n % T;
  const float *cosine = cosines + t * D, *sine = sines + t * D, *x = qkv + i * D,
              *added = bias ? bias + h * D : nullptr;
  if (h < H) rotateHead(x, added, qNorm, cosine, sine, q + (((i64)b * H + h) * T + t) * D, D, epsilon, factor);
  else if (h < H + K)
    rotateHead(x, added, kNorm, cosine, sine, k + (((i64)b * K + h - H) * T + t) * D, D, epsilon, 1.f);
  else
    for (int d = LANE; d < D; d += 32) v[(((i64)b * K + h - H - K) * T + t) * D + d] = x[d] + (added ? added[d] : 0.f);
}

/**
 * The gradient of splitHeads: dqkv [B·T, (H + 2K)D], and parts [B·T, 2D] of the gradients of the norms of queries and
 * of keys, if there are norms. dk and dv [B, H, T, D] hold what each query head adds. A block computes a row with 8
 * warps, each a head at a time; shared: 8·2·D numbers.
 */
KERNEL joinHeads(const float* qkv, const float* bias, const float* cosines, const float* sines, const float* qNorm,
                 const float* kNorm, const float* dq, const float* dk, const float* dv, float* dqkv, float* normParts,
                 int T, int H, int K, int D, float epsilon, float factor) {
  DYNAMIC_SHARED(room);
  const int n = blockIdx.x, b = n / T, t = n % T, warps = blockDim.x >> 5, half = D / 2;
  const float *cosine = cosines + t * D, *sine = sines + t * D;
  float* own = room + WARP * 2 * D;
  if (qNorm)
    for (int d = LANE; d < half; d += 32)  // by the lane that adds to it
      for (int e = d; e < D; e += half) own[e] = own[D + e] = 0;
  const int G = H / K;
  for (int h = WARP; h < H + 2 * K; h += warps) {
    const i64 place = ((i64)n * (H + 2 * K) + h) * D;
    const bool isQuery = h < H, isKey = !isQuery && h < H + K;
    const int first = isQuery ? h : (isKey ? h - H : h - H - K) * G, heads = isQuery ? 1 : G;
    const float* dy = (isQuery ? dq : isKey ? dk : dv) + (((i64)b * H + first) * T + t) * D;
    const auto sumAt = [&](int d) {
      float sum = dy[d];
      for (int g = 1; g < heads; g++) sum += dy[(i64)g * T * D + d];
      return sum;
    };
    if (!isQuery && !isKey) {
      for (int d = LANE; d < D; d += 32) dqkv[place + d] = sumAt(d);
      continue;
    }
    const float *x = qkv + place, *added = bias ? bias + h * D : nullptr, *norm = isQuery ? qNorm : kNorm;
    const float times = isQuery ? factor : 1.f;
    for (int d = LANE; d < half; d += 32) {  // the rotation turned back
      const int e = d + half;
      const float left = sumAt(d), right = sumAt(e);
      dqkv[place + d] = (left * cosine[d] + right * sine[e]) * times;
      dqkv[place + e] = (right * cosine[e] + left * sine[d]) * times;
    }
    if (!norm) continue;
    const float scale = headScale(x, added, D, epsilon);
    float dot = 0;
    for (int d = LANE; d < half; d += 32)  // as above, so that a lane reads what it wrote
      for (int e = d; e < D; e += half) {
        const float v = x[e] + (added ? added[e] : 0.f), g = dqkv[place + e];
        own[(isQuery ? 0 : D) + e] += g * v * scale;
        dot += g * norm[e] * v;
      }
    const float back = warpSum(dot) * scale * scale / D;
    for (int d = LANE; d < half; d += 32)
      for (int e = d; e < D; e += half) {
        const float v = x[e] + (added ? added[e] : 0.f);
        dqkv[place + e] = scale * (dqkv[place + e] * norm[e] - v * back);
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

/** x as the kernels of attention multiply it, which round away none of its 23 bits of mantissa, 13, or 16. */
__device__ __forceinline__ float asMultiplied(float x, int lost) {
  if (lost == 16) return lowHalf(nearestHalf(x));
  return lost == 13 ? __uint_as_float((__float_as_uint(x) + 0x1000u) & 0xffffe000u) : x;
}

/**
 * delta [B, H, T] = dy · y of each query, with dy as the gradients' kernels multiply it: a score that is alone then has
 * no gradient, as it should. Eight lanes compute one; rows of y are [B·T, H·D].
 */
KERNEL attentionDots(const float* y, const float* dy, float* delta, int T, int H, int D, i64 count, int lost) {
  const i64 i = ((i64)blockIdx.x * blockDim.x + threadIdx.x) >> 3;
  const i64 b = i / H / T, h = i / T % H, t = i % T, at = ((b * T + t) * H + h) * D;
  float dot = 0;
  if (i < count)
    for (int d = threadIdx.x & 7; d < D; d += 8) dot += y[at + d] * asMultiplied(dy[at + d], lost);
  for (int o = 4; o; o >>= 1) dot += __shfl_xor_sync(ALL_LANES, dot, o);
  if (i < count && (threadIdx.x & 7) == 0) delta[i] = dot;
}
