// What TensorFlow knows of the card that an operation runs on.
#pragma once

#include <cstdint>

#include "tensorflow/c/kernels.h"

namespace cuda {

/** CUDA's stream of the operation. */
void* streamOf(TF_OpKernelContext* context);

/** Bytes of the card that TensorFlow holds for tensors to come: what tensors leave stays in its pool. 0 without one. */
int64_t spareOfPool(TF_OpKernelContext* context);

}  // namespace cuda
