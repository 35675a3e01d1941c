// The kernels of the processor: the arguments of each, and a function that calls the version for the vectors in use.
// `from` .. `to` is the part of the work that one thread does.
#pragma once

#include <cstdint>

namespace kernels {

// ---- Products with a decoder's matrices (product-inl.h) ----

/** y = x·W. Axes: M rows, K inputs, N outputs. */
struct Product {
  int64_t M, K, N;
  const float* x;                 // [M, K]
  const void* weights;            // [K, N], or [N, K] if `transposed`
  bool transposed, half;          // half: the weights are bfloat16; else they are float32
  float* y;                       // [M, N]
  const float* packed = nullptr;  // the same weights in the form of packWeights, or null
};

/** The largest part of y that one thread computes at a time. */
struct Piece {
  int64_t rows, columns;
};

constexpr Piece productPiece{480, 32};

/** y [M, N] divided into pieces of about the same height, each a multiple of 12 rows. */
struct Pieces {
  int64_t M, N, rows, columns;
  constexpr Pieces(int64_t M, int64_t N, Piece most) : M(M), N(N), rows(0), columns(most.columns) {
    constexpr int64_t tiles = 12;  // a multiple of the height of every register tile
    const int64_t count = (M + most.rows - 1) / most.rows;
    rows = count ? ((M + count - 1) / count + tiles - 1) / tiles * tiles : tiles;
  }
  constexpr int64_t across() const { return (N + columns - 1) / columns; }
  constexpr int64_t count() const { return (M + rows - 1) / rows * across(); }
};

void product(const Product& p, int64_t from, int64_t to);

/**
 * Copies float32 weights into `packed`, N·K numbers, panel after panel, for products that use them many times. N is a
 * multiple of productPiece.columns, and that many outputs are one piece of the work.
 */
void packWeights(const Product& p, float* packed, int64_t from, int64_t to);

// ---- Gradients of such matrices (gradient-product-inl.h) ----

/** y = xᵀ·dy, summed over K rows. */
struct GradientProduct {
  int64_t M, K, N;
  const float *x, *dy;  // [K, M], [K, N]
  float* y;             // [M, N]
};

constexpr Piece gradientPiece{480, 64};

void gradientProduct(const GradientProduct& p, int64_t from, int64_t to);

/** Widens `size` numbers of bfloat16. */
void widen(const uint16_t* x, float* y, int64_t size);

// ---- Rows of activations (rows-inl.h) ----

/** RMS norm of rows of x [N, C] into y. If there is a `delta` [N, C], the norm is that of x + delta, which is written
 * to `total`; `total` may be x. */
void normalise(const float* x, const float* delta, const float* weight, float* total, float* y, int64_t from,
               int64_t to, int64_t C, float epsilon);

/** Gradient of the RMS norm of rows of x [N, C] into dx [N, C], and that of the weight, summed over these rows, into
 * dWeight [C]. */
void normGradient(const float* x, const float* weight, const float* dy, float* dx, float* dWeight, int64_t from,
                  int64_t to, int64_t C, float epsilon);

/** silu(gate)·up of rows [N, 2F], which hold F numbers of the gate, then F of up, into y [N, F]. */
void gate(const float* x, float* y, int64_t from, int64_t to, int64_t F);

/** Gradient of silu(gate)·up: dy [N, F] into dx [N, 2F]. */
void gateGradient(const float* x, const float* dy, float* dx, int64_t from, int64_t to, int64_t F);

// ---- Attention of new tokens over the caches (cached-attention-inl.h) ----

/**
 * Causal attention of T new tokens of each row.
 * Axes: B rows, H query heads, K key/value heads, D dimensions, `capacity` columns of the caches.
 */
struct CachedAttention {
  int64_t B, T, H, K, D, capacity, position;  // position: the column of the first new token
  float epsilon;
  const float* qkv;              // [B, T, (H + 2K)D]
  const float *cosines, *sines;  // [positions, D], the sines signed
  const float *qNorm, *kNorm;    // [D], or null
  const int32_t* padding;        // [B]
  float *keys, *values;          // [B, K, capacity, D]; T columns from `position` on are written
  float* y;                      // [B, T, H D]
};

constexpr int64_t blockTokens = 16;  // tokens of one head that make a piece of work

inline int64_t blocksOf(const CachedAttention& a) { return (a.T + blockTokens - 1) / blockTokens; }

/** Writes the new keys and values of heads `from` .. `to` of all B K into the caches. */
void storeKeysAndValues(const CachedAttention& a, int64_t from, int64_t to);

/** Blocks `from` .. `to` of all B·K·blocksOf(a). The output of a pad token is 0. */
void cachedAttention(const CachedAttention& a, int64_t from, int64_t to);

// ---- Attention of whole sequences, and its gradient (causal-attention-inl.h) ----

/** Axes: B rows, H query heads, K key/value heads, T positions, D dimensions. */
struct CausalAttention {
  int64_t B, H, K, T, D;
  float epsilon;
  const float* qkv;              // [B T, (H + 2K) D]
  const float* bias;             // [(H + 2K) D], added to each row of it, or null
  const float *cosines, *sines;  // [T, D], the sines signed
  const float *qNorm, *kNorm;    // [D], or null
  const int32_t* padding;        // [B] pad tokens at the left of each row
};

/** Inputs and outputs of the gradient of attention. */
struct AttentionGradient {
  const float *logs, *dy;  // [B, H, T], [B T, H D]
  float* dqkv;             // [B T, (H + 2K) D]
  float* dBias;            // [B, (H + 2K) D], a part for each row; not written without a bias
  float *dQNorm, *dKNorm;  // [B K, D], a part for each head; not written without norms
};

/** Writes y [B T, H D], and into logs [B, H, T] the logarithm of the denominator of each softmax, for the key/value
 * heads `from` .. `to` of all B·K. */
void causalAttention(const CausalAttention& a, float* y, float* logs, int64_t from, int64_t to);

void causalGradient(const CausalAttention& a, const AttentionGradient& g, int64_t from, int64_t to);

// ---- Log-probabilities of labels (labels-inl.h) ----

/** Logits of a slice of the vocabulary: V tokens from `first` on. */
struct Stretch {
  int64_t V, first;
  const float* logits;    // [N, V]
  const int32_t* labels;  // [N]
};

/**
 * Writes for the logits l of each row into sums [N, 4]: max l; Σ e^(l - max); Σ e^(l - max)·l; and l of the label, or 0
 * where the label is outside the slice.
 */
void labelSums(const Stretch& s, float* sums, int64_t from, int64_t to);

/**
 * Writes the gradient in the logits into d [N, V], for dy [N, 2] of log p(label) and of the entropy. logTotal [N] is
 * log Σ e^l over the vocabulary, and mean [N] is Σ p·l.
 */
void labelGradient(const Stretch& s, const float* logTotal, const float* mean, const float* dy, float* d, int64_t from,
                   int64_t to);

// ---- The next token (choice-inl.h) ----

/** Axes: N rows, V vocabulary. */
struct Choice {
  int64_t V;
  float temperature;    // 0: the likeliest token
  const float* logits;  // [N, V]
  const double* draws;  // [N] in [0, 1); unused where the temperature is 0
  int32_t* tokens;      // [N]
  float* logps;         // [N] log-probabilities of the tokens at temperature 1, in nats; NaN where a logit is NaN
};

void choose(const Choice& c, int64_t from, int64_t to);

// ---- Adam (adam-inl.h) ----

/** AdamRates of adam.ts; the rest of a beta is 1 - beta. */
struct AdamRates {
  float beta1, rest1, beta2, rest2, epsilon, rate, correction, shrink, scale;
};

/** Writes the new numbers `from` .. `to` of a variable into y, and changes the running means `first` and `second`. */
void adam(const AdamRates& r, const float* weight, const float* gradient, float* first, float* second, float* y,
          int64_t from, int64_t to);

}  // namespace kernels
