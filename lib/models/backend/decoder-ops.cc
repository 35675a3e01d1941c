// The kernels of decoder-kernels.h as operations of TensorFlow, on the processor. Set-up compiles them into the addon,
// so that they are registered when it is loaded; decode-step.ts makes a graph of them.

#include "decoder-kernels.h"
#include "operations.h"

namespace {

using namespace operations;

/** x [N, C], weight [C] -> y; or x, delta, weight -> x + delta and its norm. */
void norm(void* attributes, TF_OpKernelContext* context) {
  const bool adds = TF_NumInputs(context) == 3;
  const Input x(context, 0), delta(context, adds ? 1 : 0), weight(context, adds ? 2 : 1);
  if (x.rank() != 2 || !weight.is({x.dim(1)}) || !delta.is({x.dim(0), x.dim(1)})) return fail(context, "DecoderNorm: shapes do not fit together");
  const int64_t N = x.dim(0), C = x.dim(1);
  const float epsilon = static_cast<Attributes*>(attributes)->epsilon;
  const Output first(context, 0, {N, C});
  if (!adds) return share(N, x.size(), [&](int64_t from, int64_t to) { decoder::normalise(x.data(), nullptr, weight.data(), nullptr, first.data(), from, to, C, epsilon); });
  const Output second(context, 1, {N, C});
  share(N, x.size(), [&](int64_t from, int64_t to) { decoder::normalise(x.data(), delta.data(), weight.data(), first.data(), second.data(), from, to, C, epsilon); });
}

/** x [N, 2F] -> y [N, F]. */
void gate(void*, TF_OpKernelContext* context) {
  const Input x(context, 0);
  if (x.rank() != 2 || x.dim(1) % 2) return fail(context, "DecoderGate: x is not [N, 2F]");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  const Output y(context, 0, {N, F});
  share(N, x.size(), [&](int64_t from, int64_t to) { decoder::gate(x.data(), y.data(), from, to, F); });
}

/** Writes the new keys and values into the caches it is given, in place. */
void attention(void* attributes, TF_OpKernelContext* context) {
  const Input qkv(context, 0), keys(context, 1), values(context, 2), padding(context, 3), position(context, 4), cosines(context, 5), sines(context, 6), qNorm(context, 7), kNorm(context, 8);
  if (keys.rank() != 4 || position.size() != 1 || qkv.rank() != 2 || cosines.rank() != 2) return fail(context, "DecoderAttention: an input has not the rank it should have");
  decoder::Attention a;
  a.B = keys.dim(0), a.H = static_cast<Attributes*>(attributes)->heads, a.K = keys.dim(1), a.capacity = keys.dim(2), a.D = keys.dim(3), a.position = position.integers()[0];
  a.epsilon = static_cast<Attributes*>(attributes)->epsilon;
  a.qkv = qkv.data(), a.cosines = cosines.data(), a.sines = sines.data(), a.padding = padding.integers(), a.keys = keys.data(), a.values = values.data();
  a.qNorm = qNorm.size() ? qNorm.data() : nullptr, a.kNorm = kNorm.size() ? kNorm.data() : nullptr;
  const auto fitsNorm = [&](const Input& input) { return input.is({0}) || input.is({a.D}); };
  if (!values.is({a.B, a.K, a.capacity, a.D}) || !qkv.is({a.B, (a.H + 2 * a.K) * a.D}) || !padding.is({a.B}) || a.D % 2 || a.H % a.K || cosines.dim(1) != a.D || !sines.is({cosines.dim(0), a.D}) || !fitsNorm(qNorm) || !fitsNorm(kNorm))
    return fail(context, "DecoderAttention: shapes do not fit together");
  if (a.position < 0 || a.position >= a.capacity) return fail(context, "DecoderAttention: the caches have no room for the new token");
  for (int64_t b = 0; b < a.B; b++)
    if (a.padding[b] < 0 || a.padding[b] > a.position || a.position - a.padding[b] >= cosines.dim(0)) return fail(context, "DecoderAttention: a row's padding leaves it no position in the tables");
  const Output y(context, 0, {a.B, a.H * a.D});
  a.y = y.data();
  share(a.B * a.K, a.B * a.K * (a.position + 1) * a.D, [&](int64_t from, int64_t to) { decoder::attention(a, from, to); });
}

const bool registered = registerOperations({
    {"DecoderNorm", {"x: float", "weight: float"}, {"y: float"}, {"epsilon: float"}, norm, false},
    {"DecoderAddNorm", {"x: float", "delta: float", "weight: float"}, {"total: float", "y: float"}, {"epsilon: float"}, norm, false},
    {"DecoderGate", {"x: float"}, {"y: float"}, {}, gate, false},
    {"DecoderAttention", {"qkv: float", "keys: float", "values: float", "padding: int32", "position: int32", "cosines: float", "sines: float", "q_norm: float", "k_norm: float"}, {"y: float"}, {"heads: int", "epsilon: float"}, attention, true},
});

}  // namespace
