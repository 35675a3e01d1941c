// The kernels of decoding, compiled for each instruction set.

#define HWY_TARGET_INCLUDE "decoding/decoding-kernels.cc"
#include "vectors/vector-width.h"

#include "hwy/foreach_target.h"

#include "attention/cached-attention-inl.h"
#include "choose-tokens/choice-inl.h"
#include "products/gradient-product-inl.h"
#include "products/product-inl.h"
#include "activations/rows-inl.h"

#if HWY_ONCE
namespace kernels {

HWY_EXPORT(product);
HWY_EXPORT(packWeights);
HWY_EXPORT(gradientProduct);
HWY_EXPORT(widen);
HWY_EXPORT(normalise);
HWY_EXPORT(gate);
HWY_EXPORT(storeKeysAndValues);
HWY_EXPORT(cachedAttention);
HWY_EXPORT(choose);
HWY_EXPORT(normGradient);
HWY_EXPORT(gateGradient);

void product(const Product& p, int64_t from, int64_t to) { HWY_DYNAMIC_DISPATCH(product)(p, from, to); }

void packWeights(const Product& p, float* packed, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(packWeights)(p, packed, from, to);
}

void gradientProduct(const GradientProduct& p, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(gradientProduct)(p, from, to);
}

void widen(const uint16_t* x, float* y, int64_t size) { HWY_DYNAMIC_DISPATCH(widen)(x, y, size); }

void normalise(const float* x, const float* delta, const float* weight, float* total, float* y, int64_t from,
               int64_t to, int64_t C, float epsilon) {
  HWY_DYNAMIC_DISPATCH(normalise)(x, delta, weight, total, y, from, to, C, epsilon);
}

void normGradient(const float* x, const float* weight, const float* dy, float* dx, float* dWeight, int64_t from,
                  int64_t to, int64_t C, float epsilon) {
  HWY_DYNAMIC_DISPATCH(normGradient)(x, weight, dy, dx, dWeight, from, to, C, epsilon);
}

void gate(const float* x, float* y, int64_t from, int64_t to, int64_t F) {
  HWY_DYNAMIC_DISPATCH(gate)(x, y, from, to, F);
}

void gateGradient(const float* x, const float* dy, float* dx, int64_t from, int64_t to, int64_t F) {
  HWY_DYNAMIC_DISPATCH(gateGradient)(x, dy, dx, from, to, F);
}

void storeKeysAndValues(const CachedAttention& a, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(storeKeysAndValues)(a, from, to);
}

void cachedAttention(const CachedAttention& a, int64_t from, int64_t to) {
  HWY_DYNAMIC_DISPATCH(cachedAttention)(a, from, to);
}

void choose(const Choice& c, int64_t from, int64_t to) { HWY_DYNAMIC_DISPATCH(choose)(c, from, to); }

}  // namespace kernels
#endif
