// Which token comes next, from a row of logits.
#pragma once

#include "decoder-kernels.h"

namespace decoder {

/** Axes: N rows, V vocabulary. */
struct Choice {
  int64_t V;
  float temperature;     // 0: the likeliest token
  const float* logits;   // [N, V]
  const double* draws;   // [N] in [0, 1); unused where the temperature is 0
  int32_t* tokens;       // [N]
  float* logps;          // [N] of these, in nats, under the distribution at temperature 1; NaN where a logit is no number
};

constexpr int64_t stretch = 1024;  // numbers that are added up as floats

/** Sum of e^((x - most) factor) over some numbers, in double precision from one stretch to the next. Each goes into `y` if that is there. */
INLINE double exponentials(const float* x, int64_t V, float most, float factor, float* y) {
  double all = 0;
  for (int64_t from = 0; from < V; from += stretch) {
    const int64_t to = from + stretch < V ? from + stretch : V;
    Lanes total = {};
    for (int64_t v = from; v < to; v += lanes) {
      Lanes e = Lanes{} - 1e30f;  // 1e-38 past the end
      if (v + lanes <= to) e = (at(x + v) - most) * factor;
      else
        for (int64_t i = v; i < to; i++) e[i - v] = (x[i] - most) * factor;
      exponential(e);
      total += e;
      if (y) std::memcpy(y + v, &e, (to - v < lanes ? to - v : lanes) * sizeof(float));
    }
    all += sum(total);
  }
  return all;
}

/** The token in whose share of `all` the number falls, shares being in the order of the ids. */
INLINE int32_t tokenAt(const float* shares, int64_t V, double number) {
  double rest = number;
  for (int64_t v = 0; v < V; v++)
    if ((rest -= shares[v]) < 0) return static_cast<int32_t>(v);
  return static_cast<int32_t>(V - 1);  // rounding ran past the end
}

/** Rows `from` .. `to`. */
INLINE void chooseOf(const Choice& c, int64_t from, int64_t to) {
  std::vector<float> shares(c.temperature > 0 ? c.V : 0);
  for (int64_t n = from; n < to; n++) {
    const float* x = c.logits + n * c.V;
    const float most = largest(x, c.V);
    int32_t token = 0;
    while (token < c.V - 1 && x[token] != most) token++;
    if (c.temperature > 0) {
      const double all = exponentials(x, c.V, most, 1.f / c.temperature, shares.data());
      token = tokenAt(shares.data(), c.V, c.draws[n] * all);
    }
    c.tokens[n] = token;
    c.logps[n] = x[token] - most - static_cast<float>(std::log(exponentials(x, c.V, most, 1.f, nullptr)));
  }
}

FOR_EVERY_WIDTH(choose, (const Choice& c, int64_t from, int64_t to), (c, from, to))

}  // namespace decoder
