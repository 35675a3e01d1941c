// The choice of the next token from a row of logits.

#if defined(DEEPRETRIEVAL_CHOICE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_CHOICE_INL_H
#undef DEEPRETRIEVAL_CHOICE_INL_H
#else
#define DEEPRETRIEVAL_CHOICE_INL_H
#endif

#include <vector>

#include "kernels.h"
#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

constexpr int64_t floatStretch = 1024;  // numbers that are added up as floats

/**
 * The sum of e^((x - most)·factor). Stretches are summed in float32, their sums in double precision. Writes the terms
 * to `y` unless it is null.
 */
HWY_INLINE double exponentials(const float* x, int64_t V, float most, float factor, float* y) {
  double total = 0;
  for (int64_t from = 0; from < V; from += floatStretch) {
    Vector some = zeros();
    eachVector(HWY_MIN(floatStretch, V - from), [&](int64_t i, auto part) HWY_ATTR {
      const Vector shifted = hn::Mul(hn::Sub(load(x + from + i, part), all(most)), all(factor));
      Vector e = exponential(shifted);
      if (y) store(e, y + from + i, part);
      if constexpr (sizeof(part) == sizeof(Rest))
        e = hn::IfThenElseZero(hn::FirstN(Tag(), static_cast<size_t>(part.count)), e);
      some = hn::Add(some, e);
    });
    total += static_cast<double>(sum(some));
  }
  return total;
}

/** The first token at which the running sum of the shares, in the order of the ids, passes `number`. */
HWY_INLINE int32_t tokenAt(const float* shares, int64_t V, double number) {
  double rest = number;
  for (int64_t v = 0; v < V; v++)
    if ((rest -= static_cast<double>(shares[v])) < 0) return static_cast<int32_t>(v);
  return static_cast<int32_t>(V - 1);  // rounding ran past the end
}

void choose(const Choice& c, int64_t from, int64_t to) {
  std::vector<float> shares(c.temperature > 0 ? c.V : 0);
  for (int64_t n = from; n < to; n++) {
    const float* x = c.logits + n * c.V;
    const float most = largest(x, c.V);
    int32_t token = 0;
    while (token < c.V - 1 && x[token] != most) token++;
    if (c.temperature > 0) {
      const double total = exponentials(x, c.V, most, 1.f / c.temperature, shares.data());
      token = tokenAt(shares.data(), c.V, c.draws[n] * total);
    }
    c.tokens[n] = token;
    c.logps[n] = x[token] - most - static_cast<float>(std::log(exponentials(x, c.V, most, 1.f, nullptr)));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
