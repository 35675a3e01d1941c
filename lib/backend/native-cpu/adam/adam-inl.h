// A step of Adam with decoupled weight decay, in one pass over a variable.

#if defined(DEEPRETRIEVAL_ADAM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_ADAM_INL_H
#undef DEEPRETRIEVAL_ADAM_INL_H
#else
#define DEEPRETRIEVAL_ADAM_INL_H
#endif

#include "kernels.h"
#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

void adam(const AdamRates& r, const float* weight, const float* gradient, float* first, float* second, float* y,
          int64_t from, int64_t to) {
  const Vector beta1 = all(r.beta1), rest1 = all(r.rest1), beta2 = all(r.beta2), rest2 = all(r.rest2),
               scale = all(r.scale);
  const Vector epsilon = all(r.epsilon), rate = all(r.rate), correction = all(r.correction), shrink = all(r.shrink);
  eachVector(to - from, [&](int64_t offset, auto part) HWY_ATTR {
    const int64_t i = from + offset;
    const Vector g = hn::Mul(load(gradient + i, part), scale);
    const Vector m = hn::MulAdd(beta1, load(first + i, part), hn::Mul(rest1, g));
    const Vector v = hn::MulAdd(beta2, load(second + i, part), hn::Mul(hn::Mul(rest2, g), g));
    store(m, first + i, part), store(v, second + i, part);
    const Vector step = hn::Div(hn::Mul(rate, m), hn::MulAdd(correction, hn::Sqrt(v), epsilon));
    store(hn::Sub(hn::Mul(shrink, load(weight + i, part)), step), y + i, part);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
