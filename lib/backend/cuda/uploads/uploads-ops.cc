// Numbers of JavaScript to the card without waiting for its queue, which TensorFlow's own copy does.

#include <cstring>

#include "device/work.h"

namespace {

using namespace cuda;

struct FewNumbers {
  float numbers[512];
};

/** The bits of floats, a list, and their shape -> the floats, on the card. */
void upload(Work& work) {
  const Input &bits = work.input(0), &axes = work.input(1);
  std::vector<int64_t> shape(axes.integers(), axes.integers() + axes.size());
  int64_t numbers = 1;
  for (int64_t size : shape) numbers *= size;
  require(numbers == bits.size(), "DecoderUpload: shapes do not fit together");
  float* y = work.output(0, shape);
  if (numbers > 512) {
    work.device.copyIn(work.ownStream(), y, bits.data(), numbers * sizeof(float));
  } else if (numbers) {
    FewNumbers few;
    std::memcpy(few.numbers, bits.data(), numbers * sizeof(float));
    work.launch("storeFew", {1}, {128}, few, y, static_cast<int>(numbers));
  }
}

/** Integers of the host -> the same on the card, where kernels read them without a copy. */
void keep(Work& work) {
  const Input& given = work.input(0);
  std::vector<int64_t> shape;
  for (int d = 0; d < given.rank(); d++) shape.push_back(given.dim(d));
  float* y = work.output(0, shape, TF_INT32);
  if (given.size()) work.device.copyIn(work.ownStream(), y, given.data(), given.size() * sizeof(int32_t));
}

const bool registered = registerOperations({
    {"DecoderUpload", {"bits: int32", "shape: int32"}, {"y: float"}, {}, BY(upload), {"bits", "shape"}},
    {"DecoderKeep", {"x: int32"}, {"y: int32"}, {}, BY(keep), {"x"}},
});

}  // namespace
