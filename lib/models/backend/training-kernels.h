// What a decoder does with whole sequences besides matrix products with weights, and its gradients, each in few passes over
// memory. Plain C++ over vectors of 16 floats, as decoder-kernels.h; sums are taken in an order that no thread changes.
#pragma once

#include "decoder-kernels.h"

namespace decoder {

/** Gradient of the RMS norm of rows `from` .. `to` of x [N, C]: into dx [N, C], and the rows' part of the weight's, into dWeight [C]. */
INLINE void normGradientOf(const float* x, const float* weight, const float* dy, float* dx, float* dWeight, int64_t from, int64_t to, int64_t C, float epsilon) {
  std::memset(dWeight, 0, C * sizeof(float));
  for (int64_t n = from; n < to; n++) {
    const float *row = x + n * C, *d = dy + n * C;
    const float scale = inverseRms(row, C, epsilon);
    Lanes dots = {};
    int64_t c = 0;
    for (; c + lanes <= C; c += lanes) dots += at(d + c) * at(weight + c) * at(row + c);
    float dot = sum(dots);
    for (; c < C; c++) dot += d[c] * weight[c] * row[c];
    const float back = dot * scale * scale / C;
    for (c = 0; c < C; c++) {
      dx[n * C + c] = scale * (d[c] * weight[c] - row[c] * back);
      dWeight[c] += d[c] * row[c] * scale;
    }
  }
}

/** Gradient of silu(gate) * up: dy [N, F] into dx [N, 2F], of rows `from` .. `to`. */
INLINE void gateGradientOf(const float* x, const float* dy, float* dx, int64_t from, int64_t to, int64_t F) {
  const Lanes high = Lanes{} + 88.f;
  for (int64_t n = from; n < to; n++) {
    const float *gate = x + 2 * n * F, *up = gate + F, *d = dy + n * F;
    float *dGate = dx + 2 * n * F, *dUp = dGate + F;
    int64_t f = 0;
    for (; f + lanes <= F; f += lanes) {
      Lanes e = -at(gate + f);
      e = e > high ? high : e;
      exponential(e);
      const Lanes sigmoid = 1.f / (1.f + e), silu = at(gate + f) * sigmoid;
      at(dUp + f) = at(d + f) * silu;
      at(dGate + f) = at(d + f) * at(up + f) * (sigmoid + silu * (1.f - sigmoid));
    }
    for (; f < F; f++) {
      const float sigmoid = 1.f / (1.f + std::exp(-gate[f])), silu = gate[f] * sigmoid;
      dUp[f] = d[f] * silu;
      dGate[f] = d[f] * up[f] * (sigmoid + silu * (1.f - sigmoid));
    }
  }
}

/** A stretch of the vocabulary: V tokens from `first` on, of which there are logits. */
struct Stretch {
  int64_t V, first;
  const float* logits;    // [N, V]
  const int32_t* labels;  // [N]
};

/** Of rows `from` .. `to`, with l the logits: max l, sum of e^(l - max), that of e^(l - max) l, and l of the label, 0 if that lies elsewhere. Into sums [N, 4]. */
INLINE void labelSumsOf(const Stretch& s, float* sums, int64_t from, int64_t to) {
  for (int64_t n = from; n < to; n++) {
    const float* row = s.logits + n * s.V;
    const float most = largest(row, s.V);
    int64_t v = 0;
    Lanes totals = {}, weighted = {};
    for (; v + lanes <= s.V; v += lanes) {
      const Lanes l = at(row + v);
      Lanes e = l - most;
      exponential(e);
      totals += e, weighted += e * l;
    }
    float total = sum(totals), mean = sum(weighted);
    for (; v < s.V; v++) {
      const float l = row[v], e = std::exp(l - most);
      total += e, mean += e * l;
    }
    const int64_t label = s.labels[n] - s.first;
    float* out = sums + 4 * n;
    out[0] = most, out[1] = total, out[2] = mean, out[3] = label >= 0 && label < s.V ? row[label] : 0.f;
  }
}

/** Gradient in logits of log p of the label and of entropy, dy [N, 2], where log sum e^l and the mean of l under p are known, [N]. Into d [N, V]. */
INLINE void labelGradientOf(const Stretch& s, const float* logTotal, const float* mean, const float* dy, float* d, int64_t from, int64_t to) {
  for (int64_t n = from; n < to; n++) {
    const float *row = s.logits + n * s.V, dLogp = dy[2 * n], dEntropy = dy[2 * n + 1], constant = dEntropy * mean[n] - dLogp, all = logTotal[n];
    float* out = d + n * s.V;
    int64_t v = 0;
    for (; v + lanes <= s.V; v += lanes) {
      const Lanes l = at(row + v);
      Lanes p = l - all;
      exponential(p);
      at(out + v) = p * (constant - l * dEntropy);
    }
    for (; v < s.V; v++) {
      const float l = row[v];
      out[v] = std::exp(l - all) * (constant - l * dEntropy);
    }
    const int64_t label = s.labels[n] - s.first;
    if (label >= 0 && label < s.V) out[label] += dLogp;
  }
}

/** What a step of Adam multiplies with, in the words of adam.ts. */
struct AdamRates {
  float beta1, rest1, beta2, rest2, epsilon, rate, correction, shrink, scale;  // rest: 1 - beta
};

/** Numbers `from` .. `to` of a variable moved, into y; the running means are changed. */
INLINE void adamOf(const AdamRates& s, const float* __restrict weight, const float* __restrict gradient, float* __restrict first, float* __restrict second, float* __restrict y, int64_t from, int64_t to) {
  const AdamRates r = s;  // of its own: what is written cannot be part of it
  for (int64_t i = from; i < to; i++) {
    const float g = gradient[i] * r.scale;
    first[i] = r.beta1 * first[i] + r.rest1 * g;
    second[i] = r.beta2 * second[i] + r.rest2 * g * g;
    y[i] = r.shrink * weight[i] - r.rate * first[i] / (r.correction * std::sqrt(second[i]) + r.epsilon);
  }
}

FOR_EVERY_WIDTH(normGradient, (const float* x, const float* weight, const float* dy, float* dx, float* dWeight, int64_t from, int64_t to, int64_t C, float epsilon), (x, weight, dy, dx, dWeight, from, to, C, epsilon))
FOR_EVERY_WIDTH(gateGradient, (const float* x, const float* dy, float* dx, int64_t from, int64_t to, int64_t F), (x, dy, dx, from, to, F))
FOR_EVERY_WIDTH(labelSums, (const Stretch& s, float* sums, int64_t from, int64_t to), (s, sums, from, to))
FOR_EVERY_WIDTH(labelGradient, (const Stretch& s, const float* logTotal, const float* mean, const float* dy, float* d, int64_t from, int64_t to), (s, logTotal, mean, dy, d, from, to))
FOR_EVERY_WIDTH(adam, (const AdamRates& r, const float* weight, const float* gradient, float* first, float* second, float* y, int64_t from, int64_t to), (r, weight, gradient, first, second, y, from, to))

}  // namespace decoder
