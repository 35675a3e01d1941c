// RMS norm and SwiGLU of rows of activations, and their gradients, each in one or two passes over memory.

#if defined(DEEPRETRIEVAL_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_ROWS_INL_H
#undef DEEPRETRIEVAL_ROWS_INL_H
#else
#define DEEPRETRIEVAL_ROWS_INL_H
#endif

#include <cstring>

#include "kernels.h"
#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

void normalise(const float* x, const float* delta, const float* weight, float* total, float* y, int64_t from,
               int64_t to, int64_t C, float epsilon) {
  for (int64_t n = from; n < to; n++) {
    const float* row = x + n * C;
    if (delta) {
      float* sums = total + n * C;
      eachVector(C, [&](int64_t c, auto part) HWY_ATTR {
        store(hn::Add(load(row + c, part), load(delta + n * C + c, part)), sums + c, part);
      });
      row = sums;
    }
    const Vector scale = all(inverseRms(row, C, epsilon));
    eachVector(C, [&](int64_t c, auto part) HWY_ATTR {
      store(hn::Mul(hn::Mul(load(row + c, part), scale), load(weight + c, part)), y + n * C + c, part);
    });
  }
}

void normGradient(const float* x, const float* weight, const float* dy, float* dx, float* dWeight, int64_t from,
                  int64_t to, int64_t C, float epsilon) {
  std::memset(dWeight, 0, C * sizeof(float));
  for (int64_t n = from; n < to; n++) {
    const float *row = x + n * C, *d = dy + n * C;
    Vector dots = zeros();
    eachVector(C, [&](int64_t c, auto part) HWY_ATTR {
      dots = hn::MulAdd(hn::Mul(load(d + c, part), load(weight + c, part)), load(row + c, part), dots);
    });
    const float scale = inverseRms(row, C, epsilon);
    const Vector scales = all(scale), back = all(sum(dots) * scale * scale / static_cast<float>(C));
    eachVector(C, [&](int64_t c, auto part) HWY_ATTR {
      const Vector some = load(row + c, part), gradient = load(d + c, part);
      const Vector centred = hn::NegMulAdd(some, back, hn::Mul(gradient, load(weight + c, part)));
      store(hn::Mul(scales, centred), dx + n * C + c, part);
      store(hn::MulAdd(hn::Mul(gradient, some), scales, load(dWeight + c, part)), dWeight + c, part);
    });
  }
}

void gate(const float* x, float* y, int64_t from, int64_t to, int64_t F) {
  for (int64_t n = from; n < to; n++) {
    const float *gates = x + 2 * n * F, *up = gates + F;
    eachVector(F, [&](int64_t f, auto part) HWY_ATTR {
      const Vector some = load(gates + f, part);
      store(hn::Mul(hn::Mul(some, sigmoid(some)), load(up + f, part)), y + n * F + f, part);
    });
  }
}

void gateGradient(const float* x, const float* dy, float* dx, int64_t from, int64_t to, int64_t F) {
  for (int64_t n = from; n < to; n++) {
    const float *gates = x + 2 * n * F, *up = gates + F, *d = dy + n * F;
    float *dGate = dx + 2 * n * F, *dUp = dGate + F;
    eachVector(F, [&](int64_t f, auto part) HWY_ATTR {
      const Vector some = load(gates + f, part), gradient = load(d + f, part), s = sigmoid(some),
                   silu = hn::Mul(some, s);
      const Vector slope = hn::MulAdd(silu, hn::Sub(all(1.f), s), s);  // of silu: s + silu(1 - s)
      store(hn::Mul(gradient, silu), dUp + f, part);
      store(hn::Mul(hn::Mul(gradient, load(up + f, part)), slope), dGate + f, part);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
