// Vectors of float32 by Google Highway, as wide as the instruction set has them, and functions of them that all kernels
// use. Everything in HWY_NAMESPACE is compiled once for each instruction set, which is why the include guard toggles.

#if defined(DEEPRETRIEVAL_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_VECTORS_INL_H
#undef DEEPRETRIEVAL_VECTORS_INL_H
#else
#define DEEPRETRIEVAL_VECTORS_INL_H
#endif

#include <cmath>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vector = hn::Vec<Tag>;

/** Numbers in a vector: 16 with AVX-512, 8 with AVX2, 4 with SSE4 and NEON. */
constexpr int64_t lanes = hn::MaxLanes(Tag());

/** Whether the instruction set has 32 vector registers; else it has 16. */
constexpr bool manyRegisters = HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64;

/** `n` rounded up to whole vectors. */
HWY_INLINE constexpr int64_t wholeVectors(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

/** How much of a vector is loaded and stored: all of it, or its first `count` numbers at the end of a row. */
struct Whole {};
struct Rest {
  int64_t count;
};

HWY_INLINE Vector load(const float* from, Whole = {}) { return hn::LoadU(Tag(), from); }

/** Loads with `fill` in the lanes past the end. */
HWY_INLINE Vector load(const float* from, Rest rest, float fill = 0.f) {
  return hn::LoadNOr(hn::Set(Tag(), fill), Tag(), from, static_cast<size_t>(rest.count));
}

/** Loads bfloat16 numbers as float32. */
HWY_INLINE Vector load(const uint16_t* from, Whole = {}) {
  const hn::Rebind<hwy::bfloat16_t, Tag> half;
  return hn::PromoteTo(Tag(), hn::LoadU(half, reinterpret_cast<const hwy::bfloat16_t*>(from)));
}
HWY_INLINE Vector load(const uint16_t* from, Rest rest) {
  const hn::Rebind<hwy::bfloat16_t, Tag> half;
  const auto* numbers = reinterpret_cast<const hwy::bfloat16_t*>(from);
  return hn::PromoteTo(Tag(), hn::LoadN(half, numbers, static_cast<size_t>(rest.count)));
}

HWY_INLINE void store(Vector x, float* to, Whole = {}) { hn::StoreU(x, Tag(), to); }
HWY_INLINE void store(Vector x, float* to, Rest rest) { hn::StoreN(x, Tag(), to, static_cast<size_t>(rest.count)); }

HWY_INLINE Vector all(float x) { return hn::Set(Tag(), x); }
HWY_INLINE Vector zeros() { return hn::Zero(Tag()); }
HWY_INLINE float sum(Vector x) { return hn::ReduceSum(Tag(), x); }

/** Calls body(i, Whole) for each whole vector of a row of `size` numbers, and body(i, Rest) for the end of the row. */
template <class Body>
HWY_INLINE void eachVector(int64_t size, const Body& body) {
  int64_t i = 0;
  for (; i + lanes <= size; i += lanes) body(i, Whole{});
  if (i < size) body(i, Rest{size - i});
}

/** The sums of four vectors within each block of four lanes, in turn: a block holds a part of each sum. */
HWY_INLINE Vector blockSums(Vector a, Vector b, Vector c, Vector e) {
  const Tag d;
  const Vector ac = hn::Add(hn::InterleaveLower(d, a, c), hn::InterleaveUpper(d, a, c));
  const Vector be = hn::Add(hn::InterleaveLower(d, b, e), hn::InterleaveUpper(d, b, e));
  return hn::Add(hn::InterleaveLower(d, ac, be), hn::InterleaveUpper(d, ac, be));
}

/** The sums of as many vectors as a vector has lanes, as one vector. It is a third of the work of single sums. */
template <int64_t L>
HWY_INLINE Vector sums(const Vector (&x)[L]) {
  const Tag d;
  const Vector first = blockSums(x[0], x[1], x[2], x[3]);
  if constexpr (L == 4) {
    return first;
  } else if constexpr (L == 8) {
    const Vector second = blockSums(x[4], x[5], x[6], x[7]);
    return hn::Add(hn::ConcatLowerLower(d, second, first), hn::ConcatUpperUpper(d, second, first));
  } else {
    static_assert(L == 16, "vectors are of 4, 8 or 16 numbers");
    const auto fold = [](Vector upper, Vector lower) HWY_ATTR {
      const Tag d;
      const Vector halves = hn::Add(hn::ConcatLowerLower(d, upper, lower), hn::ConcatUpperUpper(d, upper, lower));
      return hn::Add(halves, hn::SwapAdjacentBlocks(halves));  // blocks: lower, lower, upper, upper
    };
    const Vector even = fold(blockSums(x[8], x[9], x[10], x[11]), first);
    const Vector odd = fold(blockSums(x[12], x[13], x[14], x[15]), blockSums(x[4], x[5], x[6], x[7]));
    return hn::OddEvenBlocks(odd, even);
  }
}

/** The largest of `size` numbers, of which there is at least one. */
HWY_INLINE float largest(const float* x, int64_t size) {
  Vector peaks = all(x[0]);
  eachVector(size, [&](int64_t i, auto part) HWY_ATTR {
    if constexpr (sizeof(part) == sizeof(Rest)) peaks = hn::Max(load(x + i, part, x[0]), peaks);
    else peaks = hn::Max(load(x + i, part), peaks);
  });
  return hn::ReduceMax(Tag(), peaks);
}

/**
 * e^x within 1e-7 of itself for x of at most 88; 1e-38 where x is below -87. Range reduction and polynomial are those
 * of Cephes' expf: x = n ln 2 + r, e^x = 2^n e^r.
 */
HWY_INLINE Vector exponential(Vector x) {
  const Tag d;
  const hn::RebindToSigned<Tag> integers;
  const Vector low = all(-87.3f);
  x = hn::IfThenElse(hn::Lt(x, low), low, x);  // a NaN remains a NaN
  const Vector n = hn::Round(hn::Mul(x, all(1.44269504f)));
  const Vector r = hn::NegMulAdd(n, all(-2.12194440e-4f), hn::NegMulAdd(n, all(0.693359375f), x));
  Vector y = hn::MulAdd(r, all(1.9875691500e-4f), all(1.3981999507e-3f));
  y = hn::MulAdd(y, r, all(8.3334519073e-3f));
  y = hn::MulAdd(y, r, all(4.1665795894e-2f));
  y = hn::MulAdd(y, r, all(1.6666665459e-1f));
  y = hn::MulAdd(y, r, all(5.0000001201e-1f));
  y = hn::Add(hn::MulAdd(y, hn::Mul(r, r), r), all(1.f));
  const auto exponent = hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(integers, n), hn::Set(integers, 127)));
  return hn::Mul(y, hn::BitCast(d, exponent));  // times 2^n
}

/** 1 / (1 + e^-x). */
HWY_INLINE Vector sigmoid(Vector x) {
  const Vector e = exponential(hn::Min(hn::Neg(x), all(88.f)));
  return hn::Div(all(1.f), hn::Add(all(1.f), e));
}

/** 1 / sqrt(mean of x² + epsilon) over a row of C numbers. */
HWY_INLINE float inverseRms(const float* x, int64_t C, float epsilon) {
  Vector squares = zeros();
  eachVector(C, [&](int64_t c, auto part) HWY_ATTR {
    const Vector some = load(x + c, part);
    squares = hn::MulAdd(some, some, squares);
  });
  return 1.f / std::sqrt(sum(squares) / static_cast<float>(C) + epsilon);
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
