// The kernels of training as operations of TensorFlow on the processor.

#include <algorithm>
#include <cstring>

#include "kernels.h"
#include "operations.h"

namespace {

using namespace operations;

/** The sum of parts [n, C], added in their order. */
void addUp(const float* parts, int64_t n, int64_t C, float* total) {
  std::memset(total, 0, C * sizeof(float));
  for (int64_t i = 0; i < n; i++)
    for (int64_t c = 0; c < C; c++) total[c] += parts[i * C + c];
}

/** x [N, C], weight [C], dy [N, C] -> dx [N, C], dweight [C]. */
void normGradient(void* attributes, TF_OpKernelContext* context) {
  const Input x(context, 0), weight(context, 1), dy(context, 2);
  if (x.rank() != 2 || !weight.is({x.dim(1)}) || !dy.is({x.dim(0), x.dim(1)}))
    return fail(context, "DecoderNormGrad: shapes do not fit together");
  constexpr int64_t some = 64;  // rows that make one part of dweight: the sums do not depend on the count of threads
  const int64_t N = x.dim(0), C = x.dim(1), parts = (N + some - 1) / some;
  const Output dx(context, 0, {N, C}), dWeight(context, 1, {C});
  std::vector<float> sums(parts * C);
  share(parts, x.size(), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++)
      kernels::normGradient(x.data(), weight.data(), dy.data(), dx.data(), sums.data() + i * C, i * some,
                            std::min(N, (i + 1) * some), C, static_cast<Attributes*>(attributes)->epsilon);
  });
  addUp(sums.data(), parts, C, dWeight.data());
}

/** x [N, 2F], dy [N, F] -> dx [N, 2F]. */
void gateGradient(void*, TF_OpKernelContext* context) {
  const Input x(context, 0), dy(context, 1);
  if (x.rank() != 2 || x.dim(1) % 2 || !dy.is({x.dim(0), x.dim(1) / 2}))
    return fail(context, "DecoderGateGrad: shapes do not fit together");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  const Output dx(context, 0, {N, 2 * F});
  share(N, x.size(),
        [&](int64_t from, int64_t to) { kernels::gateGradient(x.data(), dy.data(), dx.data(), from, to, F); });
}

/** logits [N, V] of a slice of the vocabulary, labels [N] -> sums [N, 4]. */
void labelSums(void* attributes, TF_OpKernelContext* context) {
  const Input logits(context, 0), labels(context, 1);
  if (logits.rank() != 2 || !labels.is({logits.dim(0)}) || logits.dim(1) == 0)
    return fail(context, "DecoderLabelSums: shapes do not fit together");
  const kernels::Stretch s{logits.dim(1), static_cast<Attributes*>(attributes)->first, logits.data(),
                           labels.integers()};
  const Output sums(context, 0, {logits.dim(0), 4});
  share(logits.dim(0), logits.size(), [&](int64_t from, int64_t to) { kernels::labelSums(s, sums.data(), from, to); });
}

/** logits [N, V], labels [N], log_total and mean [N, 1], dy [N, 2] -> d [N, V]. */
void labelGradient(void* attributes, TF_OpKernelContext* context) {
  const Input logits(context, 0), labels(context, 1), logTotal(context, 2), mean(context, 3), dy(context, 4);
  const int64_t N = labels.size();
  if (logits.rank() != 2 || logits.dim(0) != N || !logTotal.is({N, 1}) || !mean.is({N, 1}) || !dy.is({N, 2}))
    return fail(context, "DecoderLabelGrad: shapes do not fit together");
  const kernels::Stretch s{logits.dim(1), static_cast<Attributes*>(attributes)->first, logits.data(),
                           labels.integers()};
  const Output d(context, 0, {N, s.V});
  share(N, logits.size(), [&](int64_t from, int64_t to) {
    kernels::labelGradient(s, logTotal.data(), mean.data(), dy.data(), d.data(), from, to);
  });
}

/** The inputs of attention and of its gradient. */
struct AttentionInputs {
  const Input qkv, bias, padding, cosines, sines, qNorm, kNorm;
  kernels::CausalAttention a;

  AttentionInputs(const Attributes& attributes, TF_OpKernelContext* context)
      : qkv(context, 0),
        bias(context, 1),
        padding(context, 2),
        cosines(context, 3),
        sines(context, 4),
        qNorm(context, 5),
        kNorm(context, 6) {
    a.epsilon = attributes.epsilon, a.H = attributes.heads;
    a.qkv = qkv.data(), a.cosines = cosines.data(), a.sines = sines.data(), a.padding = padding.integers();
    a.bias = bias.size() ? bias.data() : nullptr;
    a.qNorm = qNorm.size() ? qNorm.data() : nullptr, a.kNorm = kNorm.size() ? kNorm.data() : nullptr;
  }

  /** Sets the axes. Returns the text of an error, or null. */
  const char* refusal() {
    if (qkv.rank() != 2 || padding.rank() != 1 || cosines.rank() != 2)
      return "DecoderCausalAttention: qkv and the tables must be matrices, and padding a list";
    a.B = padding.dim(0), a.T = cosines.dim(0), a.D = cosines.dim(1);
    const int64_t heads = a.D ? qkv.dim(1) / a.D : 0;
    a.K = (heads - a.H) / 2;
    const auto fits = [](const Input& input, int64_t size) { return input.is({0}) || input.is({size}); };
    if (a.D == 0 || a.D % 2 || a.K < 1 || a.H % a.K || !qkv.is({a.B * a.T, (a.H + 2 * a.K) * a.D}) ||
        !sines.is({a.T, a.D}) || !fits(bias, qkv.dim(1)) || !fits(qNorm, a.D) || !fits(kNorm, a.D) ||
        !qNorm.size() != !kNorm.size())
      return "DecoderCausalAttention: shapes do not fit together";
    for (int64_t b = 0; b < a.B; b++)
      if (a.padding[b] < 0 || a.padding[b] > a.T) return "DecoderCausalAttention: a row has more padding than tokens";
    return nullptr;
  }

  /** Shares key/value heads among threads. */
  void eachHead(const std::function<void(int64_t, int64_t)>& work) const {
    share(a.B * a.K, a.B * a.H * a.T * a.T, work);
  }
};

/** qkv [B T, (H + 2K) D], bias [(H + 2K) D] or [0], padding [B], cosines and sines [T, D], q_norm and k_norm [D] or [0]
 * -> y [B T, H D], logs [B, H, T]. */
void causalAttention(void* attributes, TF_OpKernelContext* context) {
  AttentionInputs inputs(*static_cast<Attributes*>(attributes), context);
  if (const char* refusal = inputs.refusal()) return fail(context, refusal);
  const auto& a = inputs.a;
  const Output y(context, 0, {a.B * a.T, a.H * a.D}), logs(context, 1, {a.B, a.H, a.T});
  inputs.eachHead([&](int64_t from, int64_t to) { kernels::causalAttention(a, y.data(), logs.data(), from, to); });
}

/** The same inputs, logs, dy [B T, H D] -> dqkv, dbias, and of the norms [D] or [0]. */
void causalGradient(void* attributes, TF_OpKernelContext* context) {
  AttentionInputs inputs(*static_cast<Attributes*>(attributes), context);
  if (const char* refusal = inputs.refusal()) return fail(context, refusal);
  const auto& a = inputs.a;
  const Input logs(context, 7), dy(context, 8);
  if (!logs.is({a.B, a.H, a.T}) || !dy.is({a.B * a.T, a.H * a.D}))
    return fail(context, "DecoderCausalAttentionGrad: shapes do not fit together");
  const int64_t heads = a.B * a.K, width = inputs.qkv.dim(1), normed = a.qNorm ? a.D : 0, added = a.bias ? width : 0;
  const Output dQkv(context, 0, {a.B * a.T, width}), dBias(context, 1, {added}), dQNorm(context, 2, {normed}),
      dKNorm(context, 3, {normed});
  std::vector<float> biasParts(a.B * added), qParts(heads * a.D), kParts(heads * a.D);
  const kernels::AttentionGradient g{logs.data(),      dy.data(),     dQkv.data(),
                                     biasParts.data(), qParts.data(), kParts.data()};
  inputs.eachHead([&](int64_t from, int64_t to) { kernels::causalGradient(a, g, from, to); });
  addUp(biasParts.data(), a.B, added, dBias.data());
  addUp(qParts.data(), heads, normed, dQNorm.data());
  addUp(kParts.data(), heads, normed, dKNorm.data());
}

/** weight, gradient, first, second [any], rates [9] -> the new weight. Writes into first and second. */
void adam(void*, TF_OpKernelContext* context) {
  const Input weight(context, 0), gradient(context, 1), first(context, 2), second(context, 3), rates(context, 4);
  const int64_t size = weight.size();
  if (gradient.size() != size || first.size() != size || second.size() != size || !rates.is({9}))
    return fail(context, "DecoderAdam: shapes do not fit together");
  const float* r = rates.data();
  const kernels::AdamRates step{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]};
  const Output y(context, 0, weight);
  share(size, size, [&](int64_t from, int64_t to) {
    kernels::adam(step, weight.data(), gradient.data(), first.data(), second.data(), y.data(), from, to);
  });
}

/** a [M, K], or [K, M] with transpose_a; b [K, N], or [N, K] with transpose_b -> y [M, N]. */
void matMul(void* attributes, TF_OpKernelContext* context) {
  const Input a(context, 0), b(context, 1);
  const bool across = static_cast<Attributes*>(attributes)->transposeA;
  const bool transposed = static_cast<Attributes*>(attributes)->transposeB;
  if (a.rank() != 2 || b.rank() != 2) return fail(context, "DecoderMatMul: an input is no matrix");
  const int64_t M = a.dim(across ? 1 : 0), K = a.dim(across ? 0 : 1), N = b.dim(transposed ? 0 : 1);
  if (across && transposed) return fail(context, "DecoderMatMul: only one matrix may be transposed");
  if (K == 0 || b.dim(transposed ? 1 : 0) != K) return fail(context, "DecoderMatMul: shapes do not fit together");
  const Output y(context, 0, {M, N});
  if (across) {
    const kernels::GradientProduct p{M, K, N, a.data(), b.data(), y.data()};
    const int64_t pieces = kernels::Pieces(M, N, kernels::gradientPiece).count();
    share(pieces, M * K * N, [&](int64_t from, int64_t to) { kernels::gradientProduct(p, from, to); });
  } else {
    const kernels::Product p{M, K, N, a.data(), b.data(), transposed, false, y.data()};
    const int64_t pieces = kernels::Pieces(M, N, kernels::productPiece).count();
    share(pieces, M * K * N, [&](int64_t from, int64_t to) { kernels::product(p, from, to); });
  }
}

#define ATTENTION_INPUTS \
  "qkv: float", "bias: float", "padding: int32", "cosines: float", "sines: float", "q_norm: float", "k_norm: float"

const bool registered = registerOperations({
    {"DecoderMatMul", {"a: float", "b: float"}, {"y: float"}, {"transpose_a: int", "transpose_b: int"}, matMul, false},
    {"DecoderNormGrad",
     {"x: float", "weight: float", "dy: float"},
     {"dx: float", "dweight: float"},
     {"epsilon: float"},
     normGradient,
     false},
    {"DecoderGateGrad", {"x: float", "dy: float"}, {"dx: float"}, {}, gateGradient, false},
    {"DecoderLabelSums", {"logits: float", "labels: int32"}, {"sums: float"}, {"first: int"}, labelSums, false},
    {"DecoderLabelGrad",
     {"logits: float", "labels: int32", "log_total: float", "mean: float", "dy: float"},
     {"d: float"},
     {"first: int"},
     labelGradient,
     false},
    {"DecoderCausalAttention",
     {ATTENTION_INPUTS},
     {"y: float", "logs: float"},
     {"heads: int", "epsilon: float"},
     causalAttention,
     false},
    {"DecoderCausalAttentionGrad",
     {ATTENTION_INPUTS, "logs: float", "dy: float"},
     {"dqkv: float", "dbias: float", "dq_norm: float", "dk_norm: float"},
     {"heads: int", "epsilon: float"},
     causalGradient,
     false},
    {"DecoderAdam",
     {"weight: float", "gradient: float", "first: float", "second: float", "rates: float"},
     {"y: float"},
     {},
     adam,
     true},
});

}  // namespace
