// Kernels of decoding as operations of TensorFlow on the processor. Set-up compiles them into the addon, which
// registers them when it is loaded.

#include <cstring>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "kernels.h"
#include "operations.h"
#include "vectors/vector-width.h"

namespace {

using namespace operations;

/** x [N, C], weight [C] -> y. */
void norm(void* attributes, TF_OpKernelContext* context) {
  const Input x(context, 0), weight(context, 1);
  if (x.rank() != 2 || !weight.is({x.dim(1)})) return fail(context, "DecoderNorm: shapes do not fit together");
  const int64_t N = x.dim(0), C = x.dim(1);
  const Output y(context, 0, {N, C});
  const float epsilon = static_cast<Attributes*>(attributes)->epsilon;
  share(N, x.size(), [&](int64_t from, int64_t to) {
    kernels::normalise(x.data(), nullptr, weight.data(), nullptr, y.data(), from, to, C, epsilon);
  });
}

/** x [N, 2F] -> y [N, F]. */
void gate(void*, TF_OpKernelContext* context) {
  const Input x(context, 0);
  if (x.rank() != 2 || x.dim(1) % 2)
    return fail(context, "DecoderGate: x must be a matrix with an even number of columns");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  const Output y(context, 0, {N, F});
  share(N, x.size(), [&](int64_t from, int64_t to) { kernels::gate(x.data(), y.data(), from, to, F); });
}

/** Asks the system for pages of 2 MB. Every step reads the whole cache, which is a quarter faster with large pages. */
void preferLargePages(float* numbers, int64_t count) {
#ifdef __linux__
  constexpr uintptr_t page = 1 << 21;
  const uintptr_t from = (reinterpret_cast<uintptr_t>(numbers) + page - 1) / page * page,
                  to = reinterpret_cast<uintptr_t>(numbers + count) / page * page;
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#endif
}

/** cache [B, K, T, D], and two integers: columns to keep, and columns of the result -> a longer cache. What stands past
 * the columns that are kept is undefined. */
void room(void*, TF_OpKernelContext* context) {
  const Input cache(context, 0), columns(context, 1);
  if (cache.rank() != 4 || !columns.is({2}))
    return fail(context, "DecoderRoom: an input has not the rank it should have");
  const int64_t heads = cache.dim(0) * cache.dim(1), T = cache.dim(2), D = cache.dim(3), kept = columns.integers()[0],
                longer = columns.integers()[1];
  if (kept < 0 || kept > T || longer < kept)
    return fail(context, "DecoderRoom: the columns that are kept are not there");
  const Output y(context, 0, {cache.dim(0), cache.dim(1), longer, D});
  preferLargePages(y.data(), heads * longer * D);
  share(heads, heads * kept * D, [&](int64_t from, int64_t to) {
    for (int64_t n = from; n < to; n++)
      std::memcpy(y.data() + n * longer * D, cache.data() + n * T * D, kept * D * sizeof(float));
  });
}

/** logits [N, V], and doubles in [0, 1) as pairs of integers [2N], or [0] for the likeliest token -> tokens [N] and
 * their log-probabilities [N]. */
void choice(void* attributes, TF_OpKernelContext* context) {
  const Input logits(context, 0), draws(context, 1);
  const float temperature = static_cast<Attributes*>(attributes)->scale;
  if (logits.rank() != 2 || logits.dim(1) == 0 || !draws.is({temperature > 0 ? 2 * logits.dim(0) : 0}))
    return fail(context, "DecoderChoice: shapes do not fit together");
  const int64_t N = logits.dim(0);
  std::vector<double> numbers(N);
  std::memcpy(numbers.data(), draws.integers(), draws.size() * sizeof(int32_t));
  const Output tokens(context, 0, {N}, TF_INT32), logps(context, 1, {N});
  const kernels::Choice c{logits.dim(1), temperature, logits.data(), numbers.data(), tokens.integers(), logps.data()};
  share(N, logits.size(), [&](int64_t from, int64_t to) { kernels::choose(c, from, to); });
}

/** -> [n, 3]: for each width of vectors that was compiled, its bits, whether the processor has it, whether it is used.
 */
void vectors(void*, TF_OpKernelContext* context) {
  kernels::VectorWidth widths[4];
  const int count = kernels::vectorWidths(widths);
  const Output y(context, 0, {count, 3}, TF_INT32);
  for (int i = 0; i < count; i++) {
    int32_t* row = y.integers() + 3 * i;
    row[0] = widths[i].bits, row[1] = widths[i].here, row[2] = widths[i].bits == kernels::vectorWidthInUse().bits;
  }
}

/** weights [K, N], or [N, K] if transposed -> the packed form [N, K], for DecoderProgram. */
void pack(void* attributes, TF_OpKernelContext* context) {
  const Input weights(context, 0);
  const bool transposed = static_cast<Attributes*>(attributes)->transposeB;
  if (weights.rank() != 2) return fail(context, "DecoderPack: the weights are no matrix");
  const int64_t K = weights.dim(transposed ? 1 : 0), N = weights.dim(transposed ? 0 : 1);
  if (N % kernels::productPiece.columns) return fail(context, "DecoderPack: the outputs are no multiple of 32");
  const Output y(context, 0, {N, K});
  const kernels::Product p{0, K, N, nullptr, weights.data(), transposed, false, nullptr};
  share(N / kernels::productPiece.columns, N * K,
        [&](int64_t from, int64_t to) { kernels::packWeights(p, y.data(), from, to); });
}

const bool registered = registerOperations({
    {"DecoderNorm", {"x: float", "weight: float"}, {"y: float"}, {"epsilon: float"}, norm, false},
    {"DecoderGate", {"x: float"}, {"y: float"}, {}, gate, false},
    {"DecoderChoice",
     {"logits: float", "draws: int32"},
     {"tokens: int32", "logps: float"},
     {"scale: float"},
     choice,
     false},
    {"DecoderPack", {"weights: float"}, {"y: float"}, {"transpose_b: int"}, pack, false},
    {"DecoderVectors", {}, {"y: int32"}, {}, vectors, false},
    {"DecoderRoom", {"cache: float", "columns: int32"}, {"y: float"}, {}, room, false},
});

}  // namespace
