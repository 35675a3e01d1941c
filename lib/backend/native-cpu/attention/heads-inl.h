// The norm of query and key heads and their rotary position embedding (Su et al. 2021), with gradients.

#if defined(DEEPRETRIEVAL_HEADS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_HEADS_INL_H
#undef DEEPRETRIEVAL_HEADS_INL_H
#else
#define DEEPRETRIEVAL_HEADS_INL_H
#endif

#include "kernels.h"
#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

/** The cosines and signed sines [D] of one position. */
struct Rotation {
  const float *cosines, *sines;
};

/**
 * Normalises one head x [D] if there is a weight `norm` [D], rotates it, multiplies it by `factor`, and writes y. x and
 * y do not overlap.
 */
HWY_INLINE void rotate(const float* x, const float* norm, Rotation to, int64_t D, float epsilon, float factor,
                       float* y) {
  const int64_t half = D / 2;
  const Vector scale = all(norm ? inverseRms(x, D, epsilon) : 1.f), factors = all(factor);
  eachVector(half, [&](int64_t d, auto part) HWY_ATTR {
    const int64_t e = d + half;
    Vector left = load(x + d, part), right = load(x + e, part);
    if (norm) {
      left = hn::Mul(left, hn::Mul(scale, load(norm + d, part)));
      right = hn::Mul(right, hn::Mul(scale, load(norm + e, part)));
    }
    const Vector turnedLeft = hn::MulAdd(right, load(to.sines + d, part), hn::Mul(left, load(to.cosines + d, part)));
    const Vector turnedRight = hn::MulAdd(left, load(to.sines + e, part), hn::Mul(right, load(to.cosines + e, part)));
    store(hn::Mul(turnedLeft, factors), y + d, part), store(hn::Mul(turnedRight, factors), y + e, part);
  });
}

/** Gradient of `rotate` for dy [D]: writes dx [D], and adds to the gradient of the weight, dNorm [D]. */
HWY_INLINE void rotateBack(const float* x, const float* norm, Rotation to, int64_t D, float epsilon, float factor,
                           const float* dy, float* dx, float* dNorm) {
  const int64_t half = D / 2;
  const Vector factors = all(factor);
  eachVector(half, [&](int64_t d, auto part) HWY_ATTR {
    const int64_t e = d + half;
    const Vector left = load(dy + d, part), right = load(dy + e, part);
    const Vector backLeft = hn::MulAdd(right, load(to.sines + e, part), hn::Mul(left, load(to.cosines + d, part)));
    const Vector backRight = hn::MulAdd(left, load(to.sines + d, part), hn::Mul(right, load(to.cosines + e, part)));
    store(hn::Mul(backLeft, factors), dx + d, part), store(hn::Mul(backRight, factors), dx + e, part);
  });
  if (!norm) return;
  const float scale = inverseRms(x, D, epsilon);
  const Vector scales = all(scale);
  Vector dots = zeros();
  eachVector(D, [&](int64_t d, auto part) HWY_ATTR {
    const Vector some = load(x + d, part), gradient = load(dx + d, part);
    store(hn::MulAdd(hn::Mul(gradient, some), scales, load(dNorm + d, part)), dNorm + d, part);
    const Vector weighted = hn::Mul(gradient, load(norm + d, part));
    store(weighted, dx + d, part);
    dots = hn::MulAdd(weighted, some, dots);
  });
  const Vector back = all(sum(dots) * scale * scale / static_cast<float>(D));
  eachVector(D, [&](int64_t d, auto part) HWY_ATTR {
    store(hn::Mul(scales, hn::NegMulAdd(load(x + d, part), back, load(dx + d, part))), dx + d, part);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
