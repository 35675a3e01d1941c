// Log-probabilities of labels and entropies as one operation, slice by slice of the vocabulary.

#include <algorithm>

#include "device/work.h"

namespace {

using namespace cuda;

/** Threads for a row of V logits. */
unsigned threadsFor(int64_t V) { return static_cast<unsigned>(std::min<int64_t>(512, (V + 31) / 32 * 32)); }

struct Axes {
  int64_t N, C, V, slice;
  Matrix head;
  /** The head is float32 [V, C] in `floats`, or bfloat16 pairs in `halves`; the other one is empty. */
  Axes(const Work& work, const Input& hidden, const Input& floats, const Input& halves) {
    const bool half = halves.size() > 0;
    const Input& given = half ? halves : floats;
    require(hidden.rank() == 2 && given.rank() == 2 && work.attributes.most > 0,
            "DecoderTokenLogps: shapes do not fit together");
    N = hidden.dim(0), C = hidden.dim(1), V = given.dim(0);
    require(N > 0, "DecoderTokenLogps: there are no rows");
    head = {given.data(), half, V, C};
    require(given.dim(1) * (half ? 2 : 1) == C && V > 0, "DecoderTokenLogps: shapes do not fit together");
    slice = std::max<int64_t>(1, std::min(V, work.attributes.most / std::max<int64_t>(1, N)));
  }
  bool isWhole() const { return slice == V; }
  Matrix rows(int64_t from) const {
    const size_t bytes = from * C * (head.half ? 2 : 4);
    return {static_cast<const char*>(head.data) + bytes, head.half, std::min(slice, V - from), C};
  }
};

/** hidden [N, C], head [V, C] or pairs, labels [N] -> value [N, 2], statistics [N, 2], logits [N, V] if held at once.
 */
void tokenLogps(Work& work) {
  const Input &hidden = work.input(0), &labels = work.input(3);
  const Axes a(work, hidden, work.input(1), work.input(2));
  require(labels.is({a.N}), "DecoderTokenLogps: there must be a label for each row");
  const float scale = 1 / work.attributes.temperature;
  float *value = work.output(0, {a.N, 2}), *statistics = work.output(1, {a.N, 2});
  float* logits = a.isWhole() && work.attributes.saves ? work.output(2, {a.N, a.V}) : nullptr;
  if (!logits) work.output(2, {0}), logits = work.temporary(a.N * a.slice);
  float *sums = work.temporary(4 * a.N), *further = work.temporary(4 * a.N);
  const int* ids = work.onCard(labels.integers(), a.N);
  for (int64_t from = 0; from < a.V; from += a.slice) {
    const Matrix rows = a.rows(from);
    work.product(hidden.data(), a.N, rows, true, logits, scale);
    work.launch("labelSums", {static_cast<unsigned>(a.N)}, {threadsFor(rows.rows)}, logits, ids, from ? further : sums,
                rows.rows, from);
    if (from) work.launch("joinLabelSums", {blocksOf(a.N)}, {}, sums, further, static_cast<int>(a.N));
  }
  work.launch("labelValues", {blocksOf(a.N)}, {}, sums, value, statistics, static_cast<int>(a.N));
}

/** The same inputs, statistics, logits or [0], dy [N, 2] -> dhidden [N, C], dhead [V, C], or [0] if it is not wanted.
 */
void gradient(Work& work) {
  const Input &hidden = work.input(0), &labels = work.input(3), &statistics = work.input(4), &saved = work.input(5),
              &dy = work.input(6);
  const Axes a(work, hidden, work.input(1), work.input(2));
  require(labels.is({a.N}) && statistics.is({a.N, 2}) && dy.is({a.N, 2}),
          "DecoderTokenLogpsGrad: shapes do not fit together");
  const bool frozen = work.attributes.frozen;
  const float scale = 1 / work.attributes.temperature;
  float* dHidden = work.output(0, {a.N, a.C});
  float* dHead = frozen ? work.output(1, {0}) : work.output(1, {a.V, a.C});
  float* room = work.temporary(a.N * a.slice);
  const int* ids = work.onCard(labels.integers(), a.N);
  for (int64_t from = 0; from < a.V; from += a.slice) {
    const Matrix rows = a.rows(from);
    const float* logits = saved.size() ? saved.data() : room;
    if (!saved.size()) work.product(hidden.data(), a.N, rows, true, room, scale);
    const unsigned wide = static_cast<unsigned>(std::min<int64_t>(8, (rows.rows + 511) / 512));
    work.launch("labelGrad", {static_cast<unsigned>(a.N), wide}, {threadsFor(rows.rows)}, logits, ids,
                statistics.data(), statistics.data() + 1, 2, dy.data(), room, rows.rows, from, scale);
    work.product(room, a.N, rows, false, dHidden, 1, from > 0);
    if (!frozen) work.outerProduct(room, rows.rows, hidden.data(), a.C, a.N, dHead + from * a.C);
  }
}

#define GIVEN "hidden: float", "head: float", "halves: int32", "labels: int32"

const bool registered = registerOperations({
    {"DecoderTokenLogps",
     {GIVEN},
     {"value: float", "statistics: float", "logits: float"},
     {"most: int", "temperature: float", "saves: int"},
     BY(tokenLogps),
     {"labels"}},
    {"DecoderTokenLogpsGrad",
     {GIVEN, "statistics: float", "logits: float", "dy: float"},
     {"dhidden: float", "dhead: float"},
     {"most: int", "temperature: float", "frozen: int"},
     BY(gradient),
     {"labels"}},
});

}  // namespace
