// The only file that includes TensorFlow's C++ headers: CUDA's stream of an operation's context, for which the C API
// has no function on the built-in GPU device. All of it is inlined, and the headers are those of the library in use.
#ifdef DEEPRETRIEVAL_CUDA

#include "tensorflow/c/kernels.h"
#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "xla/stream_executor/stream.h"

namespace cuda {

void* streamOf(TF_OpKernelContext* context) {
  auto* own = reinterpret_cast<tensorflow::OpKernelContext*>(context);
  return own->op_device_context()->stream()->platform_specific_handle().stream;
}

}  // namespace cuda

#endif
