// Transposing in blocks of four by four numbers.

#if defined(DEEPRETRIEVAL_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_TRANSPOSE_INL_H
#undef DEEPRETRIEVAL_TRANSPOSE_INL_H
#else
#define DEEPRETRIEVAL_TRANSPOSE_INL_H
#endif

#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

using Quad = hn::FixedTag<float, 4>;

HWY_INLINE hn::Vec<Quad> loadQuad(const float* from) { return hn::LoadU(Quad(), from); }
HWY_INLINE hn::Vec<Quad> loadQuad(const uint16_t* from) {
  const hn::Rebind<hwy::bfloat16_t, Quad> half;
  return hn::PromoteTo(Quad(), hn::LoadU(half, reinterpret_cast<const hwy::bfloat16_t*>(from)));
}

/** Four rows of x, `xStride` apart, of four numbers each, become the columns of y, whose rows are `yStride` apart. */
template <typename Number>
HWY_INLINE void transposeBlock(const Number* x, int64_t xStride, float* y, int64_t yStride) {
  const Quad d;
  const auto a = loadQuad(x), b = loadQuad(x + xStride), c = loadQuad(x + 2 * xStride), e = loadQuad(x + 3 * xStride);
  const auto acLower = hn::InterleaveLower(d, a, c), acUpper = hn::InterleaveUpper(d, a, c);
  const auto beLower = hn::InterleaveLower(d, b, e), beUpper = hn::InterleaveUpper(d, b, e);
  hn::StoreU(hn::InterleaveLower(d, acLower, beLower), d, y);
  hn::StoreU(hn::InterleaveUpper(d, acLower, beLower), d, y + yStride);
  hn::StoreU(hn::InterleaveLower(d, acUpper, beUpper), d, y + 2 * yStride);
  hn::StoreU(hn::InterleaveUpper(d, acUpper, beUpper), d, y + 3 * yStride);
}

/** x [rows, columns] transposed into y [columns, rows]. Both are multiples of four. */
HWY_INLINE void transpose(const float* x, int64_t rows, int64_t columns, float* y) {
  for (int64_t r = 0; r < rows; r += 4)
    for (int64_t c = 0; c < columns; c += 4) transposeBlock(x + r * columns + c, columns, y + c * rows + r, rows);
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
