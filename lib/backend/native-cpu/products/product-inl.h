// Products with a decoder's matrices for few rows or many. Weights are float32 or bfloat16, [in, out], or [out, in] for
// a vocabulary.
//
// The algorithm is that of Goto and van de Geijn (2008). Inputs are divided into blocks (K-blocking). The weights of a
// block are copied into a packed panel, which fits into the first-level cache. The micro-kernel multiplies a few rows
// of x with a panel, and keeps the sums, the register tile, in registers.

#if defined(DEEPRETRIEVAL_PRODUCT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_PRODUCT_INL_H
#undef DEEPRETRIEVAL_PRODUCT_INL_H
#else
#define DEEPRETRIEVAL_PRODUCT_INL_H
#endif

#include "kernels.h"
#include "hwy/cache_control.h"
#include "products/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

constexpr int64_t panelWidth = 2 * lanes;         // outputs of a packed panel
constexpr int64_t panelDepth = 256;               // inputs of a packed panel: at most 32 KB in all
constexpr int tileRows = manyRegisters ? 12 : 6;  // of a register tile: with two vectors of outputs, 24 or 12 sums
constexpr int64_t fewRows = 4;  // up to which weights are not packed: packing would take longer than it saves

/** Weights of `depth` inputs, whose rows are `stride` apart: a packed panel, or part of a matrix [in, out]. */
template <typename Number>
struct Weights {
  const Number* first;
  int64_t stride, depth;
};

/**
 * The micro-kernel: R rows of x, `xStride` apart, times W vectors of outputs, into R rows of y, `yStride` apart, or
 * added to them. A `Packed` x is a tile [depth, R].
 */
template <int R, int W, bool Packed = false, typename Number>
HWY_INLINE void microKernel(const Weights<Number>& weights, const float* x, int64_t xStride, float* y, int64_t yStride,
                            bool add) {
  Vector total[R][W];
  for (int r = 0; r < R; r++)
    for (int w = 0; w < W; w++) total[r][w] = add ? load(y + r * yStride + w * lanes) : zeros();
  const Number* row = weights.first;
  for (int64_t k = 0; k < weights.depth; k++, row += weights.stride) {
    if (R <= fewRows)  // weights that are read only once are not in a cache
      for (int w = 0; w < W; w++) hwy::Prefetch(row + 8 * weights.stride + w * lanes);
    Vector columns[W];
    for (int w = 0; w < W; w++) columns[w] = load(row + w * lanes);
    for (int r = 0; r < R; r++) {
      const Vector factor = all(Packed ? x[k * R + r] : x[r * xStride + k]);
      for (int w = 0; w < W; w++) total[r][w] = hn::MulAdd(factor, columns[w], total[r][w]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int w = 0; w < W; w++) store(total[r][w], y + r * yStride + w * lanes);
}

/** The micro-kernel for M rows, of which there are at most R. */
template <int R, int W, typename Number>
HWY_INLINE void microKernelOfRows(int64_t M, const Weights<Number>& weights, const float* x, int64_t xStride, float* y,
                                  int64_t yStride, bool add) {
  if constexpr (R > 0) {
    if (M == R) microKernel<R, W>(weights, x, xStride, y, yStride, add);
    else microKernelOfRows<R - 1, W>(M, weights, x, xStride, y, yStride, add);
  }
}

/** M rows of x times a packed panel, in register tiles. Not inlined, because its code is long. */
HWY_NOINLINE void panelProduct(const Weights<float>& panel, int64_t M, const float* x, int64_t xStride, float* y,
                               int64_t yStride, bool add) {
  constexpr int W = panelWidth / lanes;
  for (; M >= tileRows; M -= tileRows, x += tileRows * xStride, y += tileRows * yStride)
    microKernel<tileRows, W>(panel, x, xStride, y, yStride, add);
  microKernelOfRows<tileRows - 1, W>(M, panel, x, xStride, y, yStride, add);
}

/** Packs `depth` rows, `stride` apart, of `wide` numbers each as [depth, panelWidth], with 0 past `wide`. */
template <typename Number>
HWY_INLINE void packRows(const Number* row, int64_t stride, int64_t wide, int64_t depth, float* panel) {
  for (int64_t d = 0; d < depth; d++, row += stride, panel += panelWidth)
    for (int64_t i = 0; i < panelWidth; i += lanes) {
      if (i + lanes <= wide) store(load(row + i), panel + i);
      else store(i < wide ? load(row + i, Rest{wide - i}) : zeros(), panel + i);
    }
}

/** Packs weights of outputs `n` .. `n + wide` and inputs `k` .. `k + depth` as [depth, panelWidth], with 0 past `wide`.
 */
template <typename Number>
HWY_INLINE void packPanel(const Product& p, int64_t n, int64_t wide, int64_t k, int64_t depth, float* panel) {
  const Number* weights = static_cast<const Number*>(p.weights);
  if (!p.transposed) return packRows(weights + k * p.N + n, p.N, wide, depth, panel);
  const Number* first = weights + n * p.K + k;
  const int64_t wholeWide = wide / 4 * 4, wholeDepth = depth / 4 * 4;
  for (int64_t i = 0; i < wholeWide; i += 4)
    for (int64_t d = 0; d < wholeDepth; d += 4)
      transposeBlock(first + i * p.K + d, p.K, panel + d * panelWidth + i, panelWidth);
  float number[1];
  for (int64_t i = 0; i < panelWidth; i++)
    for (int64_t d = i < wholeWide ? wholeDepth : 0; d < depth; d++) {
      if (i < wide) store(load(first + i * p.K + d, Rest{1}), number, Rest{1});
      panel[d * panelWidth + i] = i < wide ? number[0] : 0.f;
    }
}

/** Adds the sums of a register tile [rows, panelWidth] to `wide` columns of y; with `first`, overwrites these. */
HWY_INLINE void spill(const float* sums, int64_t rows, int64_t wide, float* y, int64_t yStride, bool first) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t i = 0; i < wide; i++) {
      float& to = y[r * yStride + i];
      to = (first ? 0.f : to) + sums[r * panelWidth + i];
    }
}

/** Calls work(n, endN, m, endM) for the pieces number `from` .. `to`. */
template <class Work>
HWY_INLINE void eachPiece(const Pieces& pieces, int64_t from, int64_t to, const Work& work) {
  for (int64_t piece = from; piece < to; piece++) {
    const int64_t n = piece % pieces.across() * pieces.columns, m = piece / pieces.across() * pieces.rows;
    work(n, HWY_MIN(pieces.N, n + pieces.columns), m, HWY_MIN(pieces.M, m + pieces.rows));
  }
}

/** Outputs `n` .. `n + wide` of rows `from` .. `to`, by packed panels. */
template <typename Number>
HWY_INLINE void packedProduct(const Product& p, int64_t n, int64_t wide, int64_t from, int64_t to) {
  HWY_ALIGN float panel[panelDepth * panelWidth], edge[tileRows * panelWidth];
  for (int64_t k = 0; k < p.K; k += panelDepth) {
    const int64_t depth = HWY_MIN(panelDepth, p.K - k);
    if (!p.packed) packPanel<Number>(p, n, wide, k, depth, panel);
    const Weights<float> weights{p.packed ? p.packed + n * p.K + k * panelWidth : panel, panelWidth, depth};
    const float* x = p.x + from * p.K + k;
    float* y = p.y + from * p.N + n;
    if (wide == panelWidth) {
      panelProduct(weights, to - from, x, p.K, y, p.N, k > 0);
      continue;
    }
    // The last panel is wider than what is left of y, so that its sums go through a buffer.
    for (int64_t m = from; m < to; m += tileRows, x += tileRows * p.K, y += tileRows * p.N) {
      const int64_t rows = HWY_MIN(tileRows, to - m);
      panelProduct(weights, rows, x, p.K, edge, panelWidth, false);
      spill(edge, rows, wide, y, p.N, k == 0);
    }
  }
}

/** R rows and outputs `n` .. `n + wide` from weights [in, out] that are not packed. */
template <int R, typename Number>
HWY_INLINE void unpackedProduct(const Product& p, int64_t n, int64_t wide, const float* x, float* y) {
  constexpr int most = (manyRegisters ? 24 : 12) / R;  // vectors of outputs whose sums the registers hold
  constexpr int W = HWY_MIN(most >= 8 ? 8 : most >= 4 ? 4 : 2, static_cast<int>(productPiece.columns / lanes));
  const Number* first = static_cast<const Number*>(p.weights);
  int64_t i = n;
  for (; i + W * lanes <= n + wide; i += W * lanes)
    microKernel<R, W>(Weights<Number>{first + i, p.N, p.K}, x, p.K, y + i, p.N, false);
  for (; i + lanes <= n + wide; i += lanes)
    microKernel<R, 1>(Weights<Number>{first + i, p.N, p.K}, x, p.K, y + i, p.N, false);
  if (i == n + wide) return;
  const Rest rest{n + wide - i};
  Vector total[R];
  for (int r = 0; r < R; r++) total[r] = zeros();
  for (int64_t k = 0; k < p.K; k++) {
    const Vector columns = load(first + k * p.N + i, rest);
    for (int r = 0; r < R; r++) total[r] = hn::MulAdd(all(x[r * p.K + k]), columns, total[r]);
  }
  for (int r = 0; r < R; r++) store(total[r], y + r * p.N + i, rest);
}

/** R rows and outputs `n` .. `n + wide` from weights [out, in]: each output is a dot product. */
template <int R, typename Number>
HWY_INLINE void dotProducts(const Product& p, int64_t n, int64_t wide, const float* x, float* y) {
  const Number* first = static_cast<const Number*>(p.weights);
  for (int64_t i = n; i < n + wide; i += lanes) {
    const int64_t count = HWY_MIN(lanes, n + wide - i);
    const Number* rows[lanes];
    for (int64_t j = 0; j < lanes; j++) rows[j] = first + (i + HWY_MIN(j, count - 1)) * p.K;
    for (int r = 0; r < R; r++) {
      Vector dots[lanes];
      for (int64_t j = 0; j < lanes; j++) dots[j] = zeros();
      eachVector(p.K, [&](int64_t k, auto part) HWY_ATTR {
        const Vector some = load(x + r * p.K + k, part);
        for (int64_t j = 0; j < lanes; j++) dots[j] = hn::MulAdd(some, load(rows[j] + k, part), dots[j]);
      });
      const Vector y0 = sums(dots);
      if (count == lanes) store(y0, y + r * p.N + i);
      else store(y0, y + r * p.N + i, Rest{count});
    }
  }
}

/** Outputs `n` .. `n + wide` of at most `fewRows` rows. */
template <int R, typename Number>
HWY_INLINE void fewRowsProduct(const Product& p, int64_t n, int64_t wide, int64_t from, int64_t rows) {
  if constexpr (R > 0) {
    if (rows < R) return fewRowsProduct<R - 1, Number>(p, n, wide, from, rows);
    const float* x = p.x + from * p.K;
    float* y = p.y + from * p.N;
    if (p.transposed) dotProducts<R, Number>(p, n, wide, x, y);
    else unpackedProduct<R, Number>(p, n, wide, x, y);
  }
}

template <typename Number>
HWY_INLINE void pieceOfProduct(const Product& p, int64_t n, int64_t end, int64_t from, int64_t to) {
  if (to - from <= fewRows) return fewRowsProduct<fewRows, Number>(p, n, end - n, from, to - from);
  for (; n < end; n += panelWidth) packedProduct<Number>(p, n, HWY_MIN(panelWidth, end - n), from, to);
}

void product(const Product& p, int64_t from, int64_t to) {
  eachPiece(Pieces(p.M, p.N, productPiece), from, to, [&](int64_t n, int64_t endN, int64_t m, int64_t endM) HWY_ATTR {
    if (p.half) pieceOfProduct<uint16_t>(p, n, endN, m, endM);
    else pieceOfProduct<float>(p, n, endN, m, endM);
  });
}

void packWeights(const Product& p, float* packed, int64_t from, int64_t to) {
  for (int64_t n = from * productPiece.columns; n < to * productPiece.columns; n += panelWidth)
    packPanel<float>(p, n, panelWidth, 0, p.K, packed + n * p.K);
}

void widen(const uint16_t* x, float* y, int64_t size) {
  eachVector(size, [&](int64_t i, auto part) HWY_ATTR { store(load(x + i, part), y + i, part); });
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
