// Causal attention of whole sequences and its gradient, a key/value head at a time: scores of a few queries are made, used and
// forgotten, so that memory holds no matrix of T x T numbers (Dao et al. 2022). Left padding is seen by itself only.
#pragma once

#include <algorithm>
#include <vector>

#include "strided-product.h"

namespace decoder {

/** Axes: B rows, H query heads, K key/value heads, T positions, D dimensions. */
struct CausalAttention {
  int64_t B, H, K, T, D;
  float epsilon;
  const float* qkv;              // [B T, (H + 2K) D]
  const float* bias;             // [(H + 2K) D], added to each row of it, or null
  const float *cosines, *sines;  // [T, D], the sines signed
  const float *qNorm, *kNorm;    // [D], or null
  const int32_t* padding;        // [B]
};

/** Queries whose scores are held at once. */
constexpr int64_t someQueries = 32;

/** Room for what a head needs: rows of D rounded up to whole vectors, and T rounded up of them; zeros where nothing is written. */
struct Room {
  const int64_t rows, width;
  std::vector<float> numbers;
  int64_t used = 0;
  Room(const CausalAttention& a, int64_t matrices, int64_t strips) : rows(whole(a.T)), width(whole(a.D)), numbers(matrices * rows * width + strips * someQueries * std::max(rows, width)) {}
  float* matrix() { return take(rows * width); }
  float* strip() { return take(someQueries * std::max(rows, width)); }

 private:
  float* take(int64_t size) { return numbers.data() + (used += size) - size; }
};

/** x + bias [D], in `spare` where there is a bias. */
INLINE const float* biased(const float* __restrict x, const float* __restrict bias, int64_t D, float* __restrict spare) {
  if (!bias) return x;
  for (int64_t d = 0; d < D; d++) spare[d] = x[d] + bias[d];
  return spare;
}

/** Head number `h` of qkv at all positions of row b, rotated, into y [rows, width]. `spare` has room for D numbers. */
INLINE void rotateAll(const CausalAttention& a, int64_t b, int64_t h, const float* norm, float factor, float* y, int64_t width, float* spare) {
  const int64_t stride = (a.H + 2 * a.K) * a.D;
  const float *x = a.qkv + b * a.T * stride + h * a.D, *bias = a.bias ? a.bias + h * a.D : nullptr;
  for (int64_t t = 0; t < a.T; t++) rotate(biased(x + t * stride, bias, a.D, spare), norm, a.cosines + t * a.D, a.sines + t * a.D, a.D, a.epsilon, factor, y + t * width);
}

/** Value head number k at all positions of row b into y [rows, width]. */
INLINE void copyValues(const CausalAttention& a, int64_t b, int64_t k, float* y, int64_t width) {
  const int64_t stride = (a.H + 2 * a.K) * a.D, from = (a.H + a.K + k) * a.D;
  for (int64_t t = 0; t < a.T; t++) {
    const float* x = a.qkv + (b * a.T + t) * stride + from;
    if (!a.bias) std::memcpy(y + t * width, x, a.D * sizeof(float));
    else biased(x, a.bias + from, a.D, y + t * width);
  }
}

/** x [rows, width] transposed. */
INLINE void transposeAll(const float* x, int64_t rows, int64_t width, float* y) {
  for (int64_t t = 0; t < rows; t += lanes)
    for (int64_t d = 0; d < width; d++)
      for (int64_t i = t; i < t + lanes; i++) y[d * rows + i] = x[i * width + d];
}

/** Zero what position t may not see of its row, which begins at column `low`. */
INLINE void hideForbidden(float* row, int64_t low, int64_t pad, int64_t t, int64_t high) {
  for (int64_t c = low; c < pad; c++) row[c - low] = 0;
  for (int64_t c = t + 1; c < high; c++) row[c - low] = 0;
}

/** Into y [B T, H D], and the logarithms of the sums that scores are divided by, [B, H, T]. Key/value heads `from` .. `to` of all B K. */
template <int V>
INLINE void causalAttentionOf(const CausalAttention& a, float* y, float* logs, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, T = a.T, D = a.D, G = H / K;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  Room room(a, 4, 3);
  const int64_t rows = room.rows, width = room.width;
  float *keys = room.matrix(), *transposed = room.matrix(), *values = room.matrix(), *queries = room.matrix(), *p = room.strip(), *mean = room.strip(), *spare = room.strip();
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K, pad = a.padding[b];
    rotateAll(a, b, H + k, a.kNorm, 1.f, keys, width, spare);
    transposeAll(keys, rows, width, transposed);
    copyValues(a, b, k, values, width);
    for (int64_t h = k * G; h < (k + 1) * G; h++) {
      rotateAll(a, b, h, a.qNorm, factor, queries, width, spare);
      float *out = y + (b * T * H + h) * D, *log = logs + (b * H + h) * T;
      for (int64_t t = 0; t < pad; t++) {
        std::memcpy(out + t * H * D, values + t * width, D * sizeof(float));
        log[t] = 0;
      }
      for (int64_t first = pad; first < T; first += someQueries) {
        const int64_t end = std::min(first + someQueries, T), low = pad / lanes * lanes, high = whole(end), N = high - low;
        multiply<V>(end - first, N, width, queries + first * width, width, 1, transposed + low, rows, p, N, false);
        for (int64_t t = first; t < end; t++) {
          float* row = p + (t - first) * N;
          const float most = largest(row + pad - low, t + 1 - pad);
          for (int64_t c = 0; c < N; c += lanes) {
            Lanes e = at(row + c) - most;
            e = e > 0.f ? Lanes{} : e;  // of what is forbidden
            exponential(e);
            at(row + c) = e;
          }
          hideForbidden(row, low, pad, t, high);
          Lanes total = {};
          for (int64_t c = 0; c < N; c += lanes) total += at(row + c);
          const float all = sum(total);
          log[t] = most + std::log(all);
          const Lanes share = Lanes{} + 1.f / all;
          for (int64_t c = 0; c < N; c += lanes) at(row + c) *= share;
        }
        multiply<V>(end - first, width, end - low, p, N, 1, values + low * width, width, mean, width, false);
        for (int64_t t = first; t < end; t++) std::memcpy(out + t * H * D, mean + (t - first) * width, D * sizeof(float));
      }
    }
  }
}

/** What the gradient of attention is given, and where it goes. */
struct AttentionGradient {
  const float *logs, *dy;     // [B, H, T], [B T, H D]
  float* dqkv;                // [B T, (H + 2K) D]
  float* dBias;               // a part for each row, [B, (H + 2K) D]; not written where there is no bias
  float *dQNorm, *dKNorm;     // a part for each of B K heads, [B K, D]; not written where there is no weight
};

/** Gradient of `rotate`: dy [D] of what it made of x into dx [D], and added to the weight's. */
INLINE void rotateBack(const float* x, const float* norm, const float* cosines, const float* sines, int64_t D, float epsilon, float factor, const float* dy, float* dx, float* dNorm) {
  const int64_t half = D / 2;
  int64_t d = 0;
  for (; d + lanes <= half; d += lanes) {
    at(dx + d) = (at(dy + d) * at(cosines + d) + at(dy + d + half) * at(sines + d + half)) * factor;
    at(dx + d + half) = (at(dy + d + half) * at(cosines + d + half) + at(dy + d) * at(sines + d)) * factor;
  }
  for (; d < half; d++) {
    dx[d] = (dy[d] * cosines[d] + dy[d + half] * sines[d + half]) * factor;
    dx[d + half] = (dy[d + half] * cosines[d + half] + dy[d] * sines[d]) * factor;
  }
  if (!norm) return;
  const float scale = inverseRms(x, D, epsilon);
  float dot = 0;
  for (int64_t d = 0; d < D; d++) {
    dNorm[d] += dx[d] * x[d] * scale;
    dx[d] *= norm[d];
    dot += dx[d] * x[d];
  }
  const float back = dot * scale * scale / D;
  for (int64_t d = 0; d < D; d++) dx[d] = scale * (dx[d] - x[d] * back);
}

/** The bias's gradient of head number `h` of qkv: the sum of the row's. */
INLINE void sumRows(const CausalAttention& a, const AttentionGradient& g, int64_t b, int64_t h) {
  if (!a.bias) return;
  const int64_t stride = (a.H + 2 * a.K) * a.D;
  const float* __restrict dx = g.dqkv + b * a.T * stride + h * a.D;
  float* __restrict total = g.dBias + b * stride + h * a.D;
  std::memset(total, 0, a.D * sizeof(float));
  for (int64_t t = 0; t < a.T; t++)
    for (int64_t d = 0; d < a.D; d++) total[d] += dx[t * stride + d];
}

/** Gradient of rotateAll: dy [rows, width] into dqkv, and added to those of the norm and the bias. */
INLINE void rotateAllBack(const CausalAttention& a, const AttentionGradient& g, int64_t b, int64_t h, const float* norm, float factor, const float* dy, int64_t width, float* dNorm, float* spare) {
  const int64_t stride = (a.H + 2 * a.K) * a.D, from = b * a.T * stride + h * a.D;
  const float* bias = a.bias ? a.bias + h * a.D : nullptr;
  for (int64_t t = 0; t < a.T; t++)
    rotateBack(biased(a.qkv + from + t * stride, norm ? bias : nullptr, a.D, spare), norm, a.cosines + t * a.D, a.sines + t * a.D, a.D, a.epsilon, factor, dy + t * width, g.dqkv + from + t * stride, dNorm);
  sumRows(a, g, b, h);
}

template <int V>
INLINE void causalGradientOf(const CausalAttention& a, const AttentionGradient& g, int64_t from, int64_t to) {
  const int64_t H = a.H, K = a.K, T = a.T, D = a.D, G = H / K, stride = (H + 2 * K) * D;
  const float factor = 1.f / std::sqrt(static_cast<float>(D));
  Room room(a, 9, 3);
  const int64_t rows = room.rows, width = room.width;
  float *keys = room.matrix(), *keysT = room.matrix(), *values = room.matrix(), *valuesT = room.matrix(), *queries = room.matrix(), *dy = room.matrix();
  float *dKeys = room.matrix(), *dValues = room.matrix(), *dQueries = room.matrix(), *p = room.strip(), *dP = room.strip(), *spare = room.strip();
  for (int64_t head = from; head < to; head++) {
    const int64_t b = head / K, k = head % K, pad = a.padding[b], low = pad / lanes * lanes;
    float *dQNorm = g.dQNorm + head * D, *dKNorm = g.dKNorm + head * D;
    if (a.qNorm) std::memset(dQNorm, 0, D * sizeof(float)), std::memset(dKNorm, 0, D * sizeof(float));
    rotateAll(a, b, H + k, a.kNorm, 1.f, keys, width, spare);
    transposeAll(keys, rows, width, keysT);
    copyValues(a, b, k, values, width);
    transposeAll(values, rows, width, valuesT);
    std::memset(dKeys, 0, rows * width * sizeof(float)), std::memset(dValues, 0, rows * width * sizeof(float));
    for (int64_t h = k * G; h < (k + 1) * G; h++) {
      rotateAll(a, b, h, a.qNorm, factor, queries, width, spare);
      for (int64_t t = 0; t < T; t++) std::memcpy(dy + t * width, g.dy + ((b * T + t) * H + h) * D, D * sizeof(float));
      std::memset(dQueries, 0, pad * width * sizeof(float));
      for (int64_t i = 0; i < pad * width; i++) dValues[i] += dy[i];
      const float* log = g.logs + (b * H + h) * T;
      for (int64_t first = pad; first < T; first += someQueries) {
        const int64_t end = std::min(first + someQueries, T), high = whole(end), N = high - low, M = end - first;
        multiply<V>(M, N, width, queries + first * width, width, 1, keysT + low, rows, p, N, false);
        multiply<V>(M, N, width, dy + first * width, width, 1, valuesT + low, rows, dP, N, false);
        for (int64_t t = first; t < end; t++) {
          float *row = p + (t - first) * N, *dRow = dP + (t - first) * N;
          for (int64_t c = 0; c < N; c += lanes) {
            Lanes e = at(row + c) - log[t];
            e = e > 80.f ? Lanes{} : e;  // of what is forbidden
            exponential(e);
            at(row + c) = e;
          }
          hideForbidden(row, low, pad, t, high);
          Lanes dots = {};
          for (int64_t c = 0; c < N; c += lanes) dots += at(row + c) * at(dRow + c);
          const float dot = sum(dots);
          for (int64_t c = 0; c < N; c += lanes) at(dRow + c) = at(row + c) * (at(dRow + c) - dot);
        }
        multiply<V>(end - low, width, M, p, 1, N, dy + first * width, width, dValues + low * width, width, true);
        multiply<V>(end - low, width, M, dP, 1, N, queries + first * width, width, dKeys + low * width, width, true);
        multiply<V>(M, width, end - low, dP, N, 1, keys + low * width, width, dQueries + first * width, width, false);
      }
      rotateAllBack(a, g, b, h, a.qNorm, factor, dQueries, width, dQNorm, spare);
    }
    rotateAllBack(a, g, b, H + k, a.kNorm, 1.f, dKeys, width, dKNorm, spare);
    float* dx = g.dqkv + b * T * stride + (H + K + k) * D;
    for (int64_t t = 0; t < T; t++) std::memcpy(dx + t * stride, dValues + t * width, D * sizeof(float));
    sumRows(a, g, b, H + K + k);
  }
}

// V: as many vectors as, times four rows, fit into the registers
FOR_EVERY_WIDTH_AS(causalAttention, (const CausalAttention& a, float* y, float* logs, int64_t from, int64_t to), (a, y, logs, from, to), <4>, <1>)
FOR_EVERY_WIDTH_AS(causalGradient, (const CausalAttention& a, const AttentionGradient& g, int64_t from, int64_t to), (a, g, from, to), <4>, <1>)

}  // namespace decoder
