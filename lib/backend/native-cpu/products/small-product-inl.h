// Products of small matrices that fit into the processor's caches. The left matrix is stored by rows or by columns.

#if defined(DEEPRETRIEVAL_SMALL_PRODUCT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_SMALL_PRODUCT_INL_H
#undef DEEPRETRIEVAL_SMALL_PRODUCT_INL_H
#else
#define DEEPRETRIEVAL_SMALL_PRODUCT_INL_H
#endif

#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

constexpr int smallTileRows = manyRegisters ? 12 : 6;  // with two vectors of columns, 24 or 12 sums

/** The left matrix of a product: element (m, k) is first[m·rowStride + k·columnStride]. */
struct LeftMatrix {
  const float* first;
  int64_t rowStride, columnStride;
};

/** R rows and V vectors of columns of c = a b, or of c + a b. Rows of b and c lie bStride and cStride apart. */
template <int R, int V>
HWY_INLINE void smallTile(int64_t K, const LeftMatrix& a, const float* b, int64_t bStride, float* c, int64_t cStride,
                          bool add) {
  Vector total[R][V];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) total[r][v] = add ? load(c + r * cStride + v * lanes) : zeros();
  const float* left = a.first;
  for (int64_t k = 0; k < K; k++, left += a.columnStride, b += bStride) {
    Vector row[V];
    for (int v = 0; v < V; v++) row[v] = load(b + v * lanes);
    for (int r = 0; r < R; r++) {
      const Vector factor = all(left[r * a.rowStride]);
      for (int v = 0; v < V; v++) total[r][v] = hn::MulAdd(factor, row[v], total[r][v]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < V; v++) store(total[r][v], c + r * cStride + v * lanes);
}

/** The tile for M rows, of which there are at most R. */
template <int R, int V>
HWY_INLINE void smallTileOfRows(int64_t M, int64_t K, const LeftMatrix& a, const float* b, int64_t bStride, float* c,
                                int64_t cStride, bool add) {
  if constexpr (R > 0) {
    if (M == R) smallTile<R, V>(K, a, b, bStride, c, cStride, add);
    else smallTileOfRows<R - 1, V>(M, K, a, b, bStride, c, cStride, add);
  }
}

/** V vectors of columns of c, for all M rows. */
template <int V>
HWY_INLINE void smallColumns(int64_t M, int64_t K, LeftMatrix a, const float* b, int64_t bStride, float* c,
                             int64_t cStride, bool add) {
  constexpr int R = smallTileRows;
  for (; M >= R; M -= R, a.first += R * a.rowStride, c += R * cStride)
    smallTile<R, V>(K, a, b, bStride, c, cStride, add);
  smallTileOfRows<R - 1, V>(M, K, a, b, bStride, c, cStride, add);
}

/**
 * c [M, N] = a [M, K] b [K, N], or c + a b. N is a multiple of `lanes`. Not inlined, because its code is long and it
 * is called from many places.
 */
HWY_NOINLINE void smallProduct(int64_t M, int64_t N, int64_t K, const LeftMatrix& a, const float* b, int64_t bStride,
                               float* c, int64_t cStride, bool add) {
  int64_t n = 0;
  for (; n + 2 * lanes <= N; n += 2 * lanes) smallColumns<2>(M, K, a, b + n, bStride, c + n, cStride, add);
  if (n < N) smallColumns<1>(M, K, a, b + n, bStride, c + n, cStride, add);
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
