// Causal attention of whole sequences as an operation.

#include <algorithm>

#include "attention/attention-on-device.h"

namespace cuda {

namespace {

struct Heads {  // of attention.cu
  int B, H, K, T, D;
};

/** The version of the kernels for heads of D dimensions, by the ending of its names. */
struct Version {
  std::string ending;
  unsigned rows, threads;    // of a block
  size_t forward, backward;  // bytes of shared memory
  int lost = 0;              // bits of mantissa that its products round away
  unsigned tilesOf(int64_t T) const { return blocksOf(T, rows); }
  Block block(size_t bytes) const { return {threads, 1, bytes}; }
};

/** On tensor cores: 64 rows of a block's own, 32 of others. */
Version tiled(int64_t most, bool exact) {
  const size_t row = (most + 4) * sizeof(float);
  return {(exact ? "Exact" : "Coarse") + std::to_string(most),
          64,
          128,
          128 * row,
          192 * row + 64 * sizeof(float),
          exact ? 0 : 13};
}

/** The same of bfloat16, as half-tiles.cu lays them out: 32 rows as rows, and as pairs of rows. */
Version tiledHalves(int64_t most) {
  const size_t own = 64 * (most / 2 + 4) * sizeof(float), rows = own / 2, pairs = 16 * (most + 8) * sizeof(float);
  return {
      "Half" + std::to_string(most), 64, 128, own + rows + pairs, 2 * (own + rows + pairs) + 64 * sizeof(float), 16};
}

/** Rows and columns a thread, as attention.cu names them. */
Version plain(int R, int W) {
  const auto bytes = [&](int tiles) { return (tiles * 16 * R * (16 * W + 4) + 16 * R * (16 * R + 4)) * sizeof(float); };
  return {std::to_string(R) + "x" + std::to_string(W), static_cast<unsigned>(16 * R), 256, bytes(3), bytes(4)};
}

Version versionFor(Work& work, int64_t D) {
  const Precision precision = precisionInUse();
  const auto fits = [&](const Version& version, int64_t most) {
    return D <= most && version.backward <= work.device.sharedMemory() && work.device.has("attention" + version.ending);
  };
  for (int64_t most : {64, 128}) {
    if (const Version version = tiledHalves(most); precision == Precision::bf16 && fits(version, most)) return version;
    if (const Version version = tiled(most, precision == Precision::f32); fits(version, most)) return version;
  }
  for (int W : {4, 8, 16})
    for (int R : {2, 1})
      if (const Version version = plain(R, W); fits(version, 16 * W)) return version;
  throw Failure(
      "causal attention: heads of " + std::to_string(D) + " dimensions need more than the " +
      std::to_string(work.device.sharedMemory() / 1024) +
      " KB of shared memory that a block of this card has. Compute on the processor, DEEPRETRIEVAL_NATIVE=cpu");
}

}  // namespace

void checkAttention(const Attention& a, const int32_t* padding) {
  require(a.D > 0 && a.D % 2 == 0 && a.K > 0 && a.H % a.K == 0, "DecoderCausalAttention: shapes do not fit together");
  for (int64_t b = 0; b < a.B; b++)
    require(padding[b] >= 0 && padding[b] <= a.T, "DecoderCausalAttention: a row has more padding than tokens");
}

AttentionRoom::AttentionRoom(Work& work, const Attention& a, bool backward) {
  const int64_t queries = a.rows() * a.H * a.D, keys = a.rows() * a.K * a.D;
  q = work.temporary(queries), k = work.temporary(keys), v = work.temporary(keys);
  if (!backward) return;
  dq = work.temporary(queries), dk = work.temporary(queries), dv = work.temporary(queries);
  delta = work.temporary(a.rows() * a.H);
  if (a.qNorm) normParts = work.temporary(a.rows() * 2 * a.D);
}

namespace {

void split(Work& work, const Attention& a, const AttentionRoom& room, const float* qkv) {
  const int64_t count = a.rows() * (a.H + 2 * a.K);
  work.launch("splitHeads", {blocksOf(count, 8)}, {256}, qkv, a.bias, a.cosines, a.sines, a.qNorm, a.kNorm, room.q,
              room.k, room.v, static_cast<int>(a.T), static_cast<int>(a.H), static_cast<int>(a.K),
              static_cast<int>(a.D), a.epsilon, 1.f / std::sqrt(static_cast<float>(a.D)), count);
}

Heads headsOf(const Attention& a) {
  return {static_cast<int>(a.B), static_cast<int>(a.H), static_cast<int>(a.K), static_cast<int>(a.T),
          static_cast<int>(a.D)};
}

}  // namespace

void attend(Work& work, const Attention& a, const AttentionRoom& room, const float* qkv, float* y, float* logs) {
  if (a.rows() == 0) return;
  split(work, a, room, qkv);
  const Version version = versionFor(work, a.D);
  work.launch(("attention" + version.ending).c_str(),
              {version.tilesOf(a.T), static_cast<unsigned>(a.H), static_cast<unsigned>(a.B)},
              version.block(version.forward), room.q, room.k, room.v, a.padding, y, logs, headsOf(a));
}

void attendBack(Work& work, const Attention& a, const AttentionRoom& room, const float* qkv, const float* y,
                const float* logs, const float* dy, float* dqkv, float* dBias, float* dQNorm, float* dKNorm) {
  const unsigned rows = static_cast<unsigned>(a.rows());
  if (rows) {
    split(work, a, room, qkv);
    const Version version = versionFor(work, a.D);
    const Grid grid{version.tilesOf(a.T), static_cast<unsigned>(a.H), static_cast<unsigned>(a.B)};
    const int T = static_cast<int>(a.T), H = static_cast<int>(a.H), K = static_cast<int>(a.K),
              D = static_cast<int>(a.D);
    work.launch("attentionDots", {blocksOf(a.rows() * a.H, 32)}, {256}, y, dy, room.delta, T, H, D, a.rows() * a.H,
                version.lost);
    work.launch(("queryGradient" + version.ending).c_str(), grid, version.block(version.backward), room.q, room.k,
                room.v, a.padding, logs, room.delta, dy, room.dq, headsOf(a));
    work.launch(("keyGradient" + version.ending).c_str(), grid, version.block(version.backward), room.q, room.k, room.v,
                a.padding, logs, room.delta, dy, room.dk, room.dv, headsOf(a));
    work.launch("joinHeads", {rows}, {256, 1, 16 * a.D * sizeof(float)}, qkv, a.bias, a.cosines, a.sines, a.qNorm,
                a.kNorm, room.dq, room.dk, room.dv, dqkv, room.normParts, T, H, K, D, a.epsilon,
                1.f / std::sqrt(static_cast<float>(a.D)));
  }
  if (dBias) work.columnSums(dqkv, none, none, dBias, a.rows(), a.width());
  if (!dQNorm && !dKNorm) return;
  float* both = work.temporary(2 * a.D);
  work.columnSums(room.normParts, none, none, both, a.rows(), 2 * a.D);
  if (dQNorm) work.copy(dQNorm, both, a.D * sizeof(float));
  if (dKNorm) work.copy(dKNorm, both + a.D, a.D * sizeof(float));
}

namespace {

/** The inputs of native-cpu's operation: qkv, bias, padding, cosines, sines, q_norm, k_norm. */
Attention givenTo(Work& work) {
  const Input &qkv = work.input(0), &bias = work.input(1), &padding = work.input(2), &cosines = work.input(3),
              &sines = work.input(4), &qNorm = work.input(5), &kNorm = work.input(6);
  require(qkv.rank() == 2 && padding.rank() == 1 && cosines.rank() == 2,
          "DecoderCausalAttention: qkv and the tables must be matrices, and padding a list");
  Attention a;
  a.B = padding.dim(0), a.T = cosines.dim(0), a.D = cosines.dim(1), a.H = work.attributes.heads;
  a.K = a.D ? (qkv.dim(1) / a.D - a.H) / 2 : 0, a.epsilon = work.attributes.epsilon;
  const auto fits = [](const Input& input, int64_t size) { return input.is({0}) || input.is({size}); };
  require(qkv.is({a.rows(), a.width()}) && sines.is({a.T, a.D}) && fits(bias, a.width()) && fits(qNorm, a.D) &&
              fits(kNorm, a.D) && !qNorm.size() == !kNorm.size(),
          "DecoderCausalAttention: shapes do not fit together");
  checkAttention(a, padding.integers());
  const auto orNull = [](const Input& input) { return input.size() ? input.data() : nullptr; };
  a.bias = orNull(bias), a.qNorm = orNull(qNorm), a.kNorm = orNull(kNorm);
  a.cosines = cosines.data(), a.sines = sines.data();
  a.padding = work.onCard(padding.integers(), a.B);
  return a;
}

void causalAttention(Work& work) {
  const Attention a = givenTo(work);
  float *y = work.output(0, {a.rows(), a.H * a.D}), *logs = work.output(1, {a.B, a.H, a.T});
  attend(work, a, AttentionRoom(work, a, false), work.input(0).data(), y, logs);
}

/** native-cpu's operation does not give y, so that it is computed again. */
void causalGradient(Work& work) {
  const Attention a = givenTo(work);
  const Input &qkv = work.input(0), &logs = work.input(7), &dy = work.input(8);
  require(logs.is({a.B, a.H, a.T}) && dy.is({a.rows(), a.H * a.D}),
          "DecoderCausalAttentionGrad: shapes do not fit together");
  float *dqkv = work.output(0, {a.rows(), a.width()}), *dBias = work.output(1, {a.bias ? a.width() : 0}),
        *dQNorm = work.output(2, {a.qNorm ? a.D : 0}), *dKNorm = work.output(3, {a.kNorm ? a.D : 0});
  const AttentionRoom room(work, a, true);
  float *y = work.temporary(a.rows() * a.H * a.D), *again = work.temporary(a.rows() * a.H);
  attend(work, a, room, qkv.data(), y, again);
  attendBack(work, a, room, qkv.data(), y, logs.data(), dy.data(), dqkv, a.bias ? dBias : nullptr,
             a.qNorm ? dQNorm : nullptr, a.kNorm ? dKNorm : nullptr);
}

const bool registered = registerOperations({
    {"DecoderCausalAttention", {}, {}, {}, BY(causalAttention), {"padding"}, true},
    {"DecoderCausalAttentionGrad", {}, {}, {}, BY(causalGradient), {"padding"}, true},
});

}  // namespace

}  // namespace cuda
