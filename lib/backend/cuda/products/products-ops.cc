// Products with matrices of bfloat16, and these matrices as float32, as operations.

#include "device/work.h"

namespace {

using namespace cuda;

/** x [N, K], pairs of W [K, M], or [M, K] with transpose_b -> x·W, or x·Wᵀ, [N, M]. */
void halfProduct(Work& work) {
  const Input &x = work.input(0), &pairs = work.input(1);
  const bool transposed = work.attributes.transposeB;
  require(x.rank() == 2 && pairs.rank() == 2, "DecoderHalfProduct: an input is no matrix");
  const Matrix w{pairs.data(), true, pairs.dim(0), 2 * pairs.dim(1)};
  require(x.dim(1) == (transposed ? w.columns : w.rows), "DecoderHalfProduct: shapes do not fit together");
  float* y = work.output(0, {x.dim(0), transposed ? w.rows : w.columns});
  work.product(x.data(), x.dim(0), w, transposed, y);
}

/** a [M, K], or [K, M] with transpose_a, and b [K, N], or else [N, K] with transpose_b -> [M, N]. */
void floatProduct(Work& work) {
  const Input &a = work.input(0), &b = work.input(1);
  const bool turnedA = work.attributes.transposeA, turnedB = work.attributes.transposeB;
  require(a.rank() == 2 && b.rank() == 2 && !(turnedA && turnedB) && a.dim(turnedA ? 0 : 1) == b.dim(turnedB ? 1 : 0),
          "DecoderFloatProduct: shapes do not fit together");
  const int64_t M = a.dim(turnedA ? 1 : 0), N = b.dim(turnedB ? 0 : 1), K = a.dim(turnedA ? 0 : 1);
  float* y = work.output(0, {M, N});
  if (turnedA) work.outerProduct(a.data(), M, b.data(), N, K, y);
  else work.product(a.data(), M, {b.data(), false, b.dim(0), b.dim(1)}, turnedB, y);
}

/** pairs [R, C/2] -> [R, C]. */
void widen(Work& work) {
  const Input& pairs = work.input(0);
  require(pairs.rank() == 2, "DecoderWiden: the input is no matrix");
  float* y = work.output(0, {pairs.dim(0), 2 * pairs.dim(1)});
  work.launch("widen", {blocksOf(pairs.size())}, {}, pairs.data(), y, pairs.size());
}

const bool registered = registerOperations({
    {"DecoderHalfProduct", {"x: float", "halves: int32"}, {"y: float"}, {"transpose_b: int"}, BY(halfProduct)},
    {"DecoderFloatProduct",
     {"a: float", "b: float"},
     {"y: float"},
     {"transpose_a: int", "transpose_b: int"},
     BY(floatProduct)},
    {"DecoderWiden", {"halves: int32"}, {"y: float"}, {}, BY(widen)},
});

}  // namespace
