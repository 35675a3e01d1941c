// Products with a decoder's matrices, for few rows or many, from the form in which the weights are kept: float32 or
// bfloat16, as [in, out] or, a vocabulary, as [out, in].
#pragma once

#include "decoder-kernels.h"

namespace decoder {

/** y = x·W. Axes: M rows, K inputs, N outputs. */
struct Product {
  int64_t M, K, N;
  const float* x;        // [M, K]
  const void* weights;   // [K, N], or [N, K] if `transposed`
  bool transposed, half; // half: bfloat16
  float* y;              // [M, N]
};

constexpr int64_t panelWidth = 2 * lanes;  // outputs that are computed together
constexpr int64_t panelDepth = 256;        // inputs of a panel: 32 KB, which the first cache holds
constexpr int64_t blockRows = 512;         // that one thread takes
constexpr int64_t edgeRows = 8;
constexpr int64_t fewRows = 4;             // which gain nothing from a panel: they read W where it lies

typedef uint16_t Bits __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t WideBits __attribute__((vector_size(64)));

/** 16 numbers of a matrix as they are kept. */
INLINE Lanes lanesAt(const float* from) { return at(from); }
INLINE Lanes lanesAt(const uint16_t* from) {
  const WideBits bits = __builtin_convertvector(*reinterpret_cast<const Bits*>(from), WideBits) << 16;
  Lanes x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
INLINE float numberAt(const float* from) { return *from; }
INLINE float numberAt(const uint16_t* from) {
  const uint32_t bits = static_cast<uint32_t>(*from) << 16;
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/** 16 vectors of 16 become their transpose: interleaving each with the one eight further, four times. */
INLINE void transpose(Lanes (&v)[lanes]) {
  for (int round = 0; round < 4; round++) {
    Lanes w[lanes];
    for (int i = 0; i < 8; i++) w[2 * i] = INTERLEAVED(v[i], v[i + 8], 0), w[2 * i + 1] = INTERLEAVED(v[i], v[i + 8], 8);
    for (int i = 0; i < lanes; i++) v[i] = w[i];
  }
}

/** Inputs `k` .. `k + depth` of outputs `n` .. `n + wide`, as [depth, panelWidth] with 0 past `wide`. */
template <typename Number>
INLINE void fillPanel(const Product& p, const Number* weights, int64_t n, int64_t wide, int64_t k, int64_t depth, float* panel) {
  if (!p.transposed) {
    for (int64_t d = 0; d < depth; d++, panel += panelWidth) {
      const Number* row = weights + (k + d) * p.N + n;
      if (wide == panelWidth) {
        at(panel) = lanesAt(row), at(panel + lanes) = lanesAt(row + lanes);
      } else {
        for (int64_t i = 0; i < panelWidth; i++) panel[i] = i < wide ? numberAt(row + i) : 0.f;
      }
    }
    return;
  }
  const Number* first = weights + n * p.K + k;
  for (int64_t side = 0; side < panelWidth; side += lanes) {
    int64_t d = 0;
    for (; d + lanes <= depth; d += lanes) {
      Lanes block[lanes];
      for (int64_t i = 0; i < lanes; i++) block[i] = side + i < wide ? lanesAt(first + (side + i) * p.K + d) : Lanes{};
      transpose(block);
      for (int64_t i = 0; i < lanes; i++) at(panel + (d + i) * panelWidth + side) = block[i];
    }
    for (; d < depth; d++)
      for (int64_t i = side; i < side + lanes; i++) panel[d * panelWidth + i] = i < wide ? numberAt(first + i * p.K + d) : 0.f;
  }
}

/** A stretch of inputs of 32 outputs. */
struct Panel {
  const float* weights;  // [depth, stride], of which panelWidth columns count
  int64_t stride, depth;
};

/** R rows of x, K apart, times W·16 columns of a panel from `n` on, into R rows of y, N apart. */
template <int R, int W>
INLINE void tile(const Panel& p, int64_t n, const float* x, int64_t K, float* y, int64_t N, bool add) {
  Lanes total[R][W];
  for (int r = 0; r < R; r++)
    for (int w = 0; w < W; w++) total[r][w] = add ? at(y + r * N + n + w * lanes) : Lanes{};
  const float* weights = p.weights + n;
  for (int64_t k = 0; k < p.depth; k++, weights += p.stride) {
    if (R < 4)
      for (int w = 0; w < W; w++) __builtin_prefetch(weights + 8 * p.stride + w * lanes);
    for (int r = 0; r < R; r++)
      for (int w = 0; w < W; w++) total[r][w] += x[r * K + k] * at(weights + w * lanes);
  }
  for (int r = 0; r < R; r++)
    for (int w = 0; w < W; w++) at(y + r * N + n + w * lanes) = total[r][w];
}

/** A panel's outputs of R rows, in tiles of at most four times W rows, which the processor's registers hold. */
template <int R, int W>
INLINE void tiles(const Panel& p, const float* x, int64_t K, float* y, int64_t N, bool add) {
  constexpr int rows = R < 4 * W ? R : 4 * W;
  for (int r = 0; r < R; r += rows)
    for (int64_t n = 0; n < panelWidth; n += W * lanes) tile<rows, W>(p, n, x + r * K, K, y + r * N, N, add);
}

template <int W>
INLINE void eightRowsOf(const Panel& p, const float* x, int64_t K, float* y, int64_t N, bool add) { tiles<8, W>(p, x, K, y, N, add); }

template <int W>
INLINE void fewerRowsOf(const Panel& p, int64_t M, const float* x, int64_t K, float* y, int64_t N, bool add) {
  if (M >= 4) tiles<4, W>(p, x, K, y, N, add), M -= 4, x += 4 * K, y += 4 * N;
  if (M == 3) tiles<3, W>(p, x, K, y, N, add);
  if (M == 2) tiles<2, W>(p, x, K, y, N, add);
  if (M == 1) tiles<1, W>(p, x, K, y, N, add);
}

FOR_EVERY_WIDTH_AS(eightRows, (const Panel& p, const float* x, int64_t K, float* y, int64_t N, bool add), (p, x, K, y, N, add), <2>, <1>)
FOR_EVERY_WIDTH_AS(fewerRows, (const Panel& p, int64_t M, const float* x, int64_t K, float* y, int64_t N, bool add), (p, M, x, K, y, N, add), <2>, <1>)

/** A panel's outputs of M rows. */
INLINE void panelTiles(const Panel& p, int64_t M, const float* x, int64_t K, float* y, int64_t N, bool add) {
  for (; M >= 8; M -= 8, x += 8 * K, y += 8 * N) eightRows(p, x, K, y, N, add);
  if (M) fewerRows(p, M, x, K, y, N, add);
}

/** Outputs `n` .. `n + wide` of rows `from` .. `to`. */
template <typename Number>
INLINE void panelProduct(const Product& p, const Number* weights, int64_t n, int64_t wide, int64_t from, int64_t to) {
  alignas(64) float numbers[panelDepth * panelWidth], edge[edgeRows * panelWidth];
  const bool direct = sizeof(Number) == sizeof(float) && !p.transposed && wide == panelWidth && to - from <= fewRows;
  for (int64_t k = 0; k < p.K; k += panelDepth) {
    const int64_t depth = p.K - k < panelDepth ? p.K - k : panelDepth;
    if (!direct) fillPanel(p, weights, n, wide, k, depth, numbers);
    const Panel panel{direct ? reinterpret_cast<const float*>(weights) + k * p.N + n : numbers, direct ? p.N : panelWidth, depth};
    const float* x = p.x + from * p.K + k;
    float* y = p.y + from * p.N + n;
    if (wide == panelWidth) {
      panelTiles(panel, to - from, x, p.K, y, p.N, k > 0);
      continue;
    }
    for (int64_t m = from; m < to; m += edgeRows, x += edgeRows * p.K, y += edgeRows * p.N) {  // y has no room for a panel's width
      const int64_t rows = to - m < edgeRows ? to - m : edgeRows;
      panelTiles(panel, rows, x, p.K, edge, panelWidth, false);
      for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < wide; i++) y[r * p.N + i] = (k > 0 ? y[r * p.N + i] : 0.f) + edge[r * panelWidth + i];
    }
  }
}

/** N numbers as float32. */
template <typename Number>
INLINE void widen(const Number* from, float* to, int64_t N) {
  for (int64_t n = 0; n < N; n++) to[n] = numberAt(from + n);
}

/** Blocks of rows times panels of outputs: how many pieces the work has. */
INLINE int64_t piecesOf(const Product& p) { return ((p.M + blockRows - 1) / blockRows) * ((p.N + panelWidth - 1) / panelWidth); }

/** Pieces `first` .. `last`. */
INLINE void productOf(const Product& p, int64_t first, int64_t last) {
  const int64_t panels = (p.N + panelWidth - 1) / panelWidth;
  for (int64_t piece = first; piece < last; piece++) {
    const int64_t n = piece % panels * panelWidth, wide = p.N - n < panelWidth ? p.N - n : panelWidth;
    const int64_t from = piece / panels * blockRows, to = p.M - from < blockRows ? p.M : from + blockRows;
    if (p.half) panelProduct(p, static_cast<const uint16_t*>(p.weights), n, wide, from, to);
    else panelProduct(p, static_cast<const float*>(p.weights), n, wide, from, to);
  }
}

FOR_EVERY_WIDTH(product, (const Product& p, int64_t first, int64_t last), (p, first, last))

}  // namespace decoder
