// RMS norm and gate as operations.

#include "device/work.h"

namespace {

using namespace cuda;

/** x [N, C], weight [C] -> y. */
void norm(Work& work) {
  const Input &x = work.input(0), &weight = work.input(1);
  require(x.rank() == 2 && weight.is({x.dim(1)}), "DecoderNorm: shapes do not fit together");
  const int64_t N = x.dim(0), C = x.dim(1);
  float* y = work.output(0, {N, C});
  work.norm(x.data(), weight.data(), y, N, C, work.attributes.epsilon);
}

/** x [N, C], weight [C], dy [N, C] -> dx [N, C], dweight [C]. */
void normGradient(Work& work) {
  const Input &x = work.input(0), &weight = work.input(1), &dy = work.input(2);
  require(x.rank() == 2 && weight.is({x.dim(1)}) && dy.is({x.dim(0), x.dim(1)}),
          "DecoderNormGrad: shapes do not fit together");
  const int64_t N = x.dim(0), C = x.dim(1);
  float *dx = work.output(0, {N, C}), *dWeight = work.output(1, {C}), *inverse = work.temporary(N);
  work.normGradient(x.data(), weight.data(), dy.data(), none, dx, inverse, N, C, work.attributes.epsilon);
  work.columnSums(dy.data(), x.data(), inverse, dWeight, N, C);
}

/** x [N, 2F] -> y [N, F]. */
void gate(Work& work) {
  const Input& x = work.input(0);
  require(x.rank() == 2 && x.dim(1) % 2 == 0, "DecoderGate: x must be a matrix with an even number of columns");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  float* y = work.output(0, {N, F});
  work.launch("gate", {static_cast<unsigned>(N)}, {gateThreads(F)}, x.data(), y, static_cast<int>(F));
}

/** x [N, 2F], dy [N, F] -> dx [N, 2F]. */
void gateGradient(Work& work) {
  const Input &x = work.input(0), &dy = work.input(1);
  require(x.rank() == 2 && x.dim(1) % 2 == 0 && dy.is({x.dim(0), x.dim(1) / 2}),
          "DecoderGateGrad: shapes do not fit together");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  float* dx = work.output(0, {N, 2 * F});
  work.launch("gateGrad", {static_cast<unsigned>(N)}, {gateThreads(F)}, x.data(), dy.data(), dx,
              static_cast<float*>(nullptr), static_cast<int>(F));
}

const bool registered = registerOperations({
    {"DecoderNorm", {}, {}, {}, BY(norm), {}, true},
    {"DecoderNormGrad", {}, {}, {}, BY(normGradient), {}, true},
    {"DecoderGate", {}, {}, {}, BY(gate), {}, true},
    {"DecoderGateGrad", {}, {}, {}, BY(gateGradient), {}, true},
});

}  // namespace
