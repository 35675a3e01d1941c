// Gradients of a decoder's matrices: products whose left matrix is transposed, summed over all rows of a batch.
//
// The left matrix is packed too, one register tile at a time. Its columns are often a power of two apart, so that they
// would replace each other in the first-level cache. A packed tile is multiplied with several packed panels.

#if defined(DEEPRETRIEVAL_GRADIENT_PRODUCT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_GRADIENT_PRODUCT_INL_H
#undef DEEPRETRIEVAL_GRADIENT_PRODUCT_INL_H
#else
#define DEEPRETRIEVAL_GRADIENT_PRODUCT_INL_H
#endif

#include <cstring>

#include "products/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

/** Packs `depth` rows, `stride` apart, of `rows` numbers each as [depth, tileRows], with 0 past `rows`. */
HWY_INLINE void packTile(const float* x, int64_t stride, int64_t rows, int64_t depth, float* tile) {
  if (rows == tileRows) {
    for (int64_t k = 0; k < depth; k++) std::memcpy(tile + k * tileRows, x + k * stride, tileRows * sizeof(float));
    return;
  }
  std::memset(tile, 0, depth * tileRows * sizeof(float));
  for (int64_t k = 0; k < depth; k++)
    for (int64_t r = 0; r < rows; r++) tile[k * tileRows + r] = x[k * stride + r];
}

HWY_INLINE void pieceOfGradient(const GradientProduct& p, int64_t n, int64_t endN, int64_t m, int64_t endM) {
  constexpr int64_t panelSize = panelDepth * panelWidth;
  HWY_ALIGN float panels[gradientPiece.columns * panelDepth], tile[tileRows * panelDepth], edge[tileRows * panelWidth];
  for (int64_t k = 0; k < p.K; k += panelDepth) {
    const int64_t depth = HWY_MIN(panelDepth, p.K - k);
    for (int64_t j = n; j < endN; j += panelWidth)
      packRows(p.dy + k * p.N + j, p.N, HWY_MIN(panelWidth, endN - j), depth,
               panels + (j - n) / panelWidth * panelSize);
    for (int64_t i = m; i < endM; i += tileRows) {
      const int64_t rows = HWY_MIN(tileRows, endM - i);
      packTile(p.x + k * p.M + i, p.M, rows, depth, tile);
      for (int64_t j = n; j < endN; j += panelWidth) {
        const Weights<float> panel{panels + (j - n) / panelWidth * panelSize, panelWidth, depth};
        const int64_t wide = HWY_MIN(panelWidth, endN - j);
        float* y = p.y + i * p.N + j;
        if (rows == tileRows && wide == panelWidth) {
          microKernel<tileRows, 2, true>(panel, tile, 0, y, p.N, k > 0);
        } else {
          microKernel<tileRows, 2, true>(panel, tile, 0, edge, panelWidth, false);
          spill(edge, rows, wide, y, p.N, k == 0);
        }
      }
    }
  }
}

void gradientProduct(const GradientProduct& p, int64_t from, int64_t to) {
  eachPiece(Pieces(p.M, p.N, gradientPiece), from, to,
            [&](int64_t n, int64_t endN, int64_t m, int64_t endM) HWY_ATTR { pieceOfGradient(p, n, endN, m, endM); });
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
