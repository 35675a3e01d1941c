// Causal attention of whole sequences and its gradient, one key/value head at a time. Scores are held for a few queries
// only, so that memory holds no matrix of T x T numbers (Dao et al. 2022). A pad token on the left attends to itself,
// and no other token attends to it.

#if defined(DEEPRETRIEVAL_CAUSAL_ATTENTION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_CAUSAL_ATTENTION_INL_H
#undef DEEPRETRIEVAL_CAUSAL_ATTENTION_INL_H
#else
#define DEEPRETRIEVAL_CAUSAL_ATTENTION_INL_H
#endif

#include <algorithm>
#include <cstring>
#include <vector>

#include "attention/heads-inl.h"
#include "products/small-product-inl.h"
#include "products/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

constexpr int64_t stripQueries = 24;  // whose scores are held at once; a multiple of the height of a tile

/**
 * Memory for one head: matrices of T rows and D columns, both rounded up to whole vectors, and strips of scores or of
 * rows for `stripQueries` queries. It starts at zero.
 */
struct HeadRoom {
  const int64_t rows, width;
  HeadRoom(const CausalAttention& a, int64_t matrices, int64_t strips)
      : rows(wholeVectors(a.T)),
        width(wholeVectors(a.D)),
        numbers(matrices * rows * width + strips * stripQueries * std::max(rows, width)) {}
  float* matrix() { return take(rows * width); }
  float* strip() { return take(stripQueries * std::max(rows, width)); }

 private:
  float* take(int64_t size) { return numbers.data() + (used += size) - size; }
  std::vector<float> numbers;
  int64_t used = 0;
};

/** x + bias [D], written to `spare`; x itself where there is no bias. */
HWY_INLINE const float* biased(const float* x, const float* bias, int64_t D, float* spare) {
  if (!bias) return x;
  eachVector(D, [&](int64_t d, auto part)
                    HWY_ATTR { store(hn::Add(load(x + d, part), load(bias + d, part)), spare + d, part); });
  return spare;
}

/** Where head number `h` of qkv lies in row b: its first position, the distance of positions, and its bias or null. */
struct HeadPlace {
  int64_t offset, stride;
  const float* bias;
  HeadPlace(const CausalAttention& a, int64_t b, int64_t h)
      : offset(b * a.T * (a.H + 2 * a.K) * a.D + h * a.D),
        stride((a.H + 2 * a.K) * a.D),
        bias(a.bias ? a.bias + h * a.D : nullptr) {}
};

/** Head number `h` of qkv at all positions of row b, rotated, into y [rows, width]. `spare` has room for D numbers. */
HWY_INLINE void rotateHead(const CausalAttention& a, int64_t b, int64_t h, const float* norm, float factor, float* y,
                           int64_t width, float* spare) {
  const HeadPlace head(a, b, h);
  for (int64_t t = 0; t < a.T; t++) {
    const float* x = biased(a.qkv + head.offset + t * head.stride, head.bias, a.D, spare);
    rotate(x, norm, {a.cosines + t * a.D, a.sines + t * a.D}, a.D, a.epsilon, factor, y + t * width);
  }
}

/** Value head number k at all positions of row b into y [rows, width]. */
HWY_INLINE void copyValues(const CausalAttention& a, int64_t b, int64_t k, float* y, int64_t width) {
  const HeadPlace head(a, b, a.H + a.K + k);
  for (int64_t t = 0; t < a.T; t++) {
    const float* x = a.qkv + head.offset + t * head.stride;
    if (head.bias) biased(x, head.bias, a.D, y + t * width);
    else std::memcpy(y + t * width, x, a.D * sizeof(float));
  }
}

/** Sets to zero the scores of the columns, `low` to `high`, that position t does not attend to. */
HWY_INLINE void hideForbidden(float* row, int64_t low, int64_t pad, int64_t t, int64_t high) {
  for (int64_t c = low; c < pad; c++) row[c - low] = 0;
  for (int64_t c = t + 1; c < high; c++) row[c - low] = 0;
}

/** Replaces scores by e^(score - subtracted). Exponents above `limit` belong to masked columns, and become 0. */
HWY_INLINE void exponentialsOfScores(float* row, int64_t N, float subtracted, float limit) {
  for (int64_t c = 0; c < N; c += lanes) {
    const Vector shifted = hn::Sub(load(row + c), all(subtracted));
    store(exponential(hn::IfThenZeroElse(hn::Gt(shifted, all(limit)), shifted)), row + c);
  }
}

void causalAttention(const CausalAttention& a, float* y, float* logs, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, T = a.T, D = a.D, G = H / K;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  HeadRoom room(a, 4, 3);
  const int64_t rows = room.rows, width = room.width;
  float *keys = room.matrix(), *keysT = room.matrix(), *values = room.matrix(), *queries = room.matrix();
  float *p = room.strip(), *mean = room.strip(), *spare = room.strip();
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K, pad = a.padding[b];
    rotateHead(a, b, H + k, a.kNorm, 1.f, keys, width, spare);
    transpose(keys, rows, width, keysT);
    copyValues(a, b, k, values, width);
    for (int64_t h = k * G; h < (k + 1) * G; h++) {
      rotateHead(a, b, h, a.qNorm, factor, queries, width, spare);
      float *out = y + (b * T * H + h) * D, *log = logs + (b * H + h) * T;
      for (int64_t t = 0; t < pad; t++) {
        std::memcpy(out + t * H * D, values + t * width, D * sizeof(float));
        log[t] = 0;
      }
      for (int64_t first = pad; first < T; first += stripQueries) {
        const int64_t end = std::min(first + stripQueries, T), low = pad / lanes * lanes, high = wholeVectors(end);
        const int64_t M = end - first, N = high - low;
        smallProduct(M, N, width, {queries + first * width, width, 1}, keysT + low, rows, p, N, false);
        for (int64_t t = first; t < end; t++) {
          float* row = p + (t - first) * N;
          const float most = largest(row + pad - low, t + 1 - pad);
          exponentialsOfScores(row, N, most, 0.f);
          hideForbidden(row, low, pad, t, high);
          Vector totals = zeros();
          for (int64_t c = 0; c < N; c += lanes) totals = hn::Add(totals, load(row + c));
          const float total = sum(totals);
          log[t] = most + std::log(total);
          const Vector share = all(1.f / total);
          for (int64_t c = 0; c < N; c += lanes) store(hn::Mul(load(row + c), share), row + c);
        }
        smallProduct(M, width, end - low, {p, N, 1}, values + low * width, width, mean, width, false);
        for (int64_t t = first; t < end; t++)
          std::memcpy(out + t * H * D, mean + (t - first) * width, D * sizeof(float));
      }
    }
  }
}

/** The gradient of the bias of head number `h` of qkv in row b: a sum over the positions. */
HWY_INLINE void sumPositions(const CausalAttention& a, const AttentionGradient& g, int64_t b, int64_t h) {
  const HeadPlace head(a, b, h);
  if (!head.bias) return;
  float* total = g.dBias + b * head.stride + h * a.D;
  std::memset(total, 0, a.D * sizeof(float));
  for (int64_t t = 0; t < a.T; t++)
    eachVector(a.D, [&](int64_t d, auto part) HWY_ATTR {
      store(hn::Add(load(total + d, part), load(g.dqkv + head.offset + t * head.stride + d, part)), total + d, part);
    });
}

/** Gradient of rotateHead: writes that of qkv, and adds to those of the norm and of the bias. dy is [rows, width]. */
HWY_INLINE void rotateHeadBack(const CausalAttention& a, const AttentionGradient& g, int64_t b, int64_t h,
                               const float* norm, float factor, const float* dy, int64_t width, float* dNorm,
                               float* spare) {
  const HeadPlace head(a, b, h);
  for (int64_t t = 0; t < a.T; t++) {
    const int64_t place = head.offset + t * head.stride;
    const float* x = biased(a.qkv + place, norm ? head.bias : nullptr, a.D, spare);
    const Rotation rotation{a.cosines + t * a.D, a.sines + t * a.D};
    rotateBack(x, norm, rotation, a.D, a.epsilon, factor, dy + t * width, g.dqkv + place, dNorm);
  }
  sumPositions(a, g, b, h);
}

void causalGradient(const CausalAttention& a, const AttentionGradient& g, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, T = a.T, D = a.D, G = H / K;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  HeadRoom room(a, 9, 3);
  const int64_t rows = room.rows, width = room.width;
  float *keys = room.matrix(), *keysT = room.matrix(), *values = room.matrix(), *valuesT = room.matrix();
  float *queries = room.matrix(), *dy = room.matrix();
  float *dKeys = room.matrix(), *dValues = room.matrix(), *dQueries = room.matrix();
  float *p = room.strip(), *dP = room.strip(), *spare = room.strip();
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K, pad = a.padding[b], low = pad / lanes * lanes;
    float *dQNorm = g.dQNorm + head * D, *dKNorm = g.dKNorm + head * D;
    if (a.qNorm) std::memset(dQNorm, 0, D * sizeof(float)), std::memset(dKNorm, 0, D * sizeof(float));
    rotateHead(a, b, H + k, a.kNorm, 1.f, keys, width, spare);
    transpose(keys, rows, width, keysT);
    copyValues(a, b, k, values, width);
    transpose(values, rows, width, valuesT);
    std::memset(dKeys, 0, rows * width * sizeof(float)), std::memset(dValues, 0, rows * width * sizeof(float));
    for (int64_t h = k * G; h < (k + 1) * G; h++) {
      rotateHead(a, b, h, a.qNorm, factor, queries, width, spare);
      for (int64_t t = 0; t < T; t++) std::memcpy(dy + t * width, g.dy + ((b * T + t) * H + h) * D, D * sizeof(float));
      std::memset(dQueries, 0, pad * width * sizeof(float));
      for (int64_t i = 0; i < pad * width; i++) dValues[i] += dy[i];
      const float* log = g.logs + (b * H + h) * T;
      for (int64_t first = pad; first < T; first += stripQueries) {
        const int64_t end = std::min(first + stripQueries, T), high = wholeVectors(end), N = high - low,
                      M = end - first;
        smallProduct(M, N, width, {queries + first * width, width, 1}, keysT + low, rows, p, N, false);
        smallProduct(M, N, width, {dy + first * width, width, 1}, valuesT + low, rows, dP, N, false);
        for (int64_t t = first; t < end; t++) {
          float *row = p + (t - first) * N, *dRow = dP + (t - first) * N;
          exponentialsOfScores(row, N, log[t], 80.f);
          hideForbidden(row, low, pad, t, high);
          Vector dots = zeros();
          for (int64_t c = 0; c < N; c += lanes) dots = hn::MulAdd(load(row + c), load(dRow + c), dots);
          const Vector dot = all(sum(dots));
          for (int64_t c = 0; c < N; c += lanes) store(hn::Mul(load(row + c), hn::Sub(load(dRow + c), dot)), dRow + c);
        }
        smallProduct(end - low, width, M, {p, 1, N}, dy + first * width, width, dValues + low * width, width, true);
        smallProduct(end - low, width, M, {dP, 1, N}, queries + first * width, width, dKeys + low * width, width, true);
        smallProduct(M, width, end - low, {dP, N, 1}, keys + low * width, width, dQueries + first * width, width,
                     false);
      }
      rotateHeadBack(a, g, b, h, a.qNorm, factor, dQueries, width, dQNorm, spare);
    }
    rotateHeadBack(a, g, b, H + k, a.kNorm, 1.f, dKeys, width, dKNorm, spare);
    const HeadPlace value(a, b, H + K + k);
    for (int64_t t = 0; t < T; t++)
      std::memcpy(g.dqkv + value.offset + t * value.stride, dValues + t * width, D * sizeof(float));
    sumPositions(a, g, b, H + K + k);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
