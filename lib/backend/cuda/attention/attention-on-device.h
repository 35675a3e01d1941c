// Causal attention of whole sequences and its gradient, as launches.
#pragma once

#include "device/work.h"

namespace cuda {

/** Axes: B rows, H query heads, K key/value heads, T positions, D dimensions. Pointers are the card's. */
struct Attention {
  int64_t B, H, K, T, D;
  float epsilon;
  const float* bias;             // [(H + 2K)·D], or null
  const float *cosines, *sines;  // [T, D], the sines signed
  const float *qNorm, *kNorm;    // [D], or null
  const int* padding;            // [B]
  int64_t rows() const { return B * T; }
  int64_t width() const { return (H + 2 * K) * D; }
};

/** Throws Failure unless the axes fit. `padding` is the host's. */
void checkAttention(const Attention& a, const int32_t* padding);

/** Room for `attend` and `attendBack`, which a caller may use for several layers. */
struct AttentionRoom {
  float *q, *k, *v;
  float *dq = nullptr, *dk = nullptr, *dv = nullptr, *delta = nullptr, *normParts = nullptr;
  AttentionRoom(Work& work, const Attention& a, bool backward);
};

/** y [B·T, H·D] and logs [B, H, T] of qkv [B·T, (H + 2K)·D]. */
void attend(Work& work, const Attention& a, const AttentionRoom& room, const float* qkv, float* y, float* logs);

/** dqkv, and the gradients of bias and norms where these are not null, of y and logs of `attend` and of dy. */
void attendBack(Work& work, const Attention& a, const AttentionRoom& room, const float* qkv, const float* y,
                const float* logs, const float* dy, float* dqkv, float* dBias, float* dQNorm, float* dKNorm);

}  // namespace cuda
