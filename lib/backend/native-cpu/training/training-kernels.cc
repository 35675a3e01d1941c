// The kernels of training, compiled for each instruction set.

#define HWY_TARGET_INCLUDE "training/training-kernels.cc"
#include "vectors/vector-width.h"

#include "hwy/foreach_target.h"

#include "adam/adam-inl.h"
#include "attention/causal-attention-inl.h"
#include "token-logps/labels-inl.h"

#if HWY_ONCE
namespace kernels {

HWY_EXPORT(causalAttention);
HWY_EXPORT(causalGradient);
HWY_EXPORT(labelSums);
HWY_EXPORT(labelGradient);
HWY_EXPORT(adam);

void causalAttention(const CausalAttention& a, float* y, float* logs, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(causalAttention)(a, y, logs, from, to);
}

void causalGradient(const CausalAttention& a, const AttentionGradient& g, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(causalGradient)(a, g, from, to);
}

void labelSums(const Stretch& s, float* sums, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(labelSums)(s, sums, from, to);
}

void labelGradient(const Stretch& s, const float* logTotal, const float* mean, const float* dy, float* d, int64_t from,
                   int64_t to) {
  HWY_DYNAMIC_DISPATCH(labelGradient)(s, logTotal, mean, dy, d, from, to);
}

void adam(const AdamRates& r, const float* weight, const float* gradient, float* first, float* second, float* y,
          int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(adam)(r, weight, gradient, first, second, y, from, to);
}

}  // namespace kernels
#endif
