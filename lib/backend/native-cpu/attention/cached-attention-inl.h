// Attention of new tokens over the caches of keys and values.

#if defined(DEEPRETRIEVAL_CACHED_ATTENTION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_CACHED_ATTENTION_INL_H
#undef DEEPRETRIEVAL_CACHED_ATTENTION_INL_H
#else
#define DEEPRETRIEVAL_CACHED_ATTENTION_INL_H
#endif

#include <cstring>
#include <vector>

#include "attention/heads-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

constexpr int64_t groupQueries = 4;  // query heads of one token that are computed together, as they read the same keys

/**
 * query · key of R queries [D] and N keys [D], into rows of p, `stride` apart. Whole vectors are written: the numbers
 * past N are -1e30.
 */
template <int R>
HWY_INLINE void scores(const float* queries, const float* keys, int64_t N, int64_t D, float* p, int64_t stride) {
  for (int64_t n = 0; n < N; n += lanes) {
    const float* key[lanes];
    for (int64_t i = 0; i < lanes; i++) key[i] = keys + (n + i < N ? n + i : N - 1) * D;
    for (int r = 0; r < R; r++) {
      Vector dots[lanes];
      for (int64_t i = 0; i < lanes; i++) dots[i] = zeros();
      eachVector(D, [&](int64_t d, auto part) HWY_ATTR {
        const Vector query = load(queries + r * D + d, part);
        for (int64_t i = 0; i < lanes; i++) dots[i] = hn::MulAdd(query, load(key[i] + d, part), dots[i]);
      });
      store(sums(dots), p + r * stride + n);
    }
  }
  for (int r = 0; r < R; r++)
    for (int64_t n = N; n < wholeVectors(N); n++) p[r * stride + n] = -1e30f;
}

/** Replaces N scores by e^(score - largest score). Returns the inverse of their sum. */
HWY_INLINE float softmaxNumerators(float* p, int64_t N) {
  const Vector most = all(largest(p, N));
  Vector total = zeros();
  for (int64_t n = 0; n < N; n += lanes) {
    const Vector e = exponential(hn::Sub(load(p + n), most));
    store(e, p + n);
    total = hn::Add(total, e);
  }
  return 1.f / sum(total);
}

/** The sums of N values [D], weighted by rows of p, for R queries: their columns from `d` on, V vectors of them. */
template <int R, int V, class Part>
HWY_INLINE void weightedMean(const float* p, int64_t stride, const float* values, int64_t N, int64_t D,
                             const float* inverse, float* y, Part part) {
  Vector mean[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) mean[r][v] = zeros();
  for (int64_t n = 0; n < N; n++) {
    Vector value[V];
    for (int v = 0; v < V; v++) value[v] = load(values + n * D + v * lanes, part);
    for (int r = 0; r < R; r++) {
      const Vector weight = all(p[r * stride + n]);
      for (int v = 0; v < V; v++) mean[r][v] = hn::MulAdd(weight, value[v], mean[r][v]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(hn::Mul(mean[r][v], all(inverse[r])), y + r * D + v * lanes, part);
}

/**
 * The mean of N values [D], weighted by softmax(query · key), of R queries [D], into y [R, D]. `p` has room for R rows
 * of `stride`, which is N rounded up to whole vectors or more.
 */
template <int R>
HWY_INLINE void attend(const float* queries, const float* keys, const float* values, int64_t N, int64_t D, float* p,
                       int64_t stride, float* y) {
  float inverse[R];
  scores<R>(queries, keys, N, D, p, stride);
  for (int r = 0; r < R; r++) inverse[r] = softmaxNumerators(p + r * stride, N);
  constexpr int most = (manyRegisters ? 24 : 12) / R;  // vectors of a mean that the registers hold
  constexpr int V = most >= 8 ? 8 : most >= 4 ? 4 : 3;
  int64_t d = 0;
  for (; d + V * lanes <= D; d += V * lanes) weightedMean<R, V>(p, stride, values + d, N, D, inverse, y + d, Whole{});
  for (; d + lanes <= D; d += lanes) weightedMean<R, 1>(p, stride, values + d, N, D, inverse, y + d, Whole{});
  if (d < D) weightedMean<R, 1>(p, stride, values + d, N, D, inverse, y + d, Rest{D - d});
}

template <int R>
HWY_INLINE void attendGroup(int64_t count, const float* queries, const float* keys, const float* values, int64_t N,
                            int64_t D, float* p, int64_t stride, float* y) {
  if constexpr (R > 0) {
    if (count == R) attend<R>(queries, keys, values, N, D, p, stride, y);
    else attendGroup<R - 1>(count, queries, keys, values, N, D, p, stride, y);
  }
}

void storeKeysAndValues(const CachedAttention& a, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, D = a.D;
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K;
    for (int64_t t = 0; t < a.T; t++) {
      const float* row = a.qkv + (b * a.T + t) * (H + 2 * K) * D;
      const int64_t column = a.position + t, place = (head * a.capacity + column) * D;
      const int64_t position = column > a.padding[b] ? column - a.padding[b] : 0;
      const Rotation rotation{a.cosines + position * D, a.sines + position * D};
      rotate(row + (H + k) * D, a.kNorm, rotation, D, a.epsilon, 1.f, a.keys + place);
      std::memcpy(a.values + place, row + (H + K + k) * D, D * sizeof(float));
    }
  }
}

void cachedAttention(const CachedAttention& a, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, D = a.D, G = H / K, blocks = blocksOf(a);
  const int64_t stride = wholeVectors(a.position + a.T);
  std::vector<float> room(groupQueries * (stride + D));
  float *p = room.data(), *queries = p + groupQueries * stride;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  for (int64_t block = from; block < to; block++) {
    const int64_t head = block / blocks, b = head / K, k = head % K, pad = a.padding[b];
    const int64_t before = (head * a.capacity + pad) * D;
    const float *keys = a.keys + before, *values = a.values + before;
    const int64_t first = block % blocks * blockTokens, last = HWY_MIN(first + blockTokens, a.T);
    for (int64_t t = first; t < last; t++) {
      const int64_t N = a.position + t + 1 - pad;  // keys that the token attends to
      const float* row = a.qkv + (b * a.T + t) * (H + 2 * K) * D;
      float* y = a.y + (b * a.T + t) * H * D;
      if (N < 1) {
        std::memset(y + k * G * D, 0, G * D * sizeof(float));
        continue;
      }
      const Rotation rotation{a.cosines + (N - 1) * D, a.sines + (N - 1) * D};
      for (int64_t h = k * G; h < (k + 1) * G; h += groupQueries) {
        const int64_t count = HWY_MIN(groupQueries, (k + 1) * G - h);
        for (int64_t r = 0; r < count; r++)
          rotate(row + (h + r) * D, a.qNorm, rotation, D, a.epsilon, factor, queries + r * D);
        attendGroup<groupQueries>(count, queries, keys, values, N, D, p, stride, y + h * D);
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
