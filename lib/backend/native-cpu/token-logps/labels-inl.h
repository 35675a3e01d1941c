// Log-probabilities of labels and entropies from the logits of a slice of the vocabulary in one pass, and their
// gradient.

#if defined(DEEPRETRIEVAL_LABELS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef DEEPRETRIEVAL_LABELS_INL_H
#undef DEEPRETRIEVAL_LABELS_INL_H
#else
#define DEEPRETRIEVAL_LABELS_INL_H
#endif

#include "kernels.h"
#include "vectors/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace kernels {
namespace HWY_NAMESPACE {

void labelSums(const Stretch& s, float* sums, int64_t from, int64_t to) {
  for (int64_t n = from; n < to; n++) {
    const float* row = s.logits + n * s.V;
    const float most = largest(row, s.V);
    Vector totals = zeros(), weighted = zeros();
    eachVector(s.V, [&](int64_t v, auto part) HWY_ATTR {
      Vector logits;
      if constexpr (sizeof(part) == sizeof(Rest))
        logits = load(row + v, part, most - 100.f);  // the lanes past the end add nothing
      else logits = load(row + v, part);
      const Vector e = exponential(hn::Sub(logits, all(most)));
      totals = hn::Add(totals, e), weighted = hn::MulAdd(e, logits, weighted);
    });
    const int64_t label = s.labels[n] - s.first;
    float* out = sums + 4 * n;
    out[0] = most, out[1] = sum(totals), out[2] = sum(weighted), out[3] = label >= 0 && label < s.V ? row[label] : 0.f;
  }
}

void labelGradient(const Stretch& s, const float* logTotal, const float* mean, const float* dy, float* d, int64_t from,
                   int64_t to) {
  for (int64_t n = from; n < to; n++) {
    const float *row = s.logits + n * s.V, dLogp = dy[2 * n], dEntropy = dy[2 * n + 1];
    const Vector logAll = all(logTotal[n]), constant = all(dEntropy * mean[n] - dLogp), slope = all(dEntropy);
    float* out = d + n * s.V;
    eachVector(s.V, [&](int64_t v, auto part) HWY_ATTR {
      const Vector logits = load(row + v, part), p = exponential(hn::Sub(logits, logAll));
      store(hn::Mul(p, hn::NegMulAdd(logits, slope, constant)), out + v, part);
    });
    const int64_t label = s.labels[n] - s.first;
    if (label >= 0 && label < s.V) out[label] += dLogp;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kernels
HWY_AFTER_NAMESPACE();

#endif
