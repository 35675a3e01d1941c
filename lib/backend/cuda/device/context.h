// What TensorFlow knows of the card that an operation runs on.
#pragma once

#include <cstdint>

#include "tensorflow/c/kernels.h"

namespace cuda {

/** CUDA's stream of the operation. */
void* streamOf(TF_OpKernelContext* context);

/** Bytes of the card that TensorFlow holds for tensors to come: its pool grows, and never shrinks. 0 if it has none. */
int64_t spareOfPool(TF_OpKernelContext* context);

}  // namespace cuda
