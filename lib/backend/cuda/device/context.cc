// The only file that includes TensorFlow's C++ headers: what an operation's context knows and the C API has no function
// for on the built-in GPU device. All of it is inlined or virtual, and the headers are those of the library in use.
#ifdef DEEPRETRIEVAL_CUDA

#include "device/context.h"

#include "tensorflow/c/kernels.h"
#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "xla/stream_executor/stream.h"

namespace cuda {

namespace {

tensorflow::OpKernelContext* ownOf(TF_OpKernelContext* context) {
  return reinterpret_cast<tensorflow::OpKernelContext*>(context);
}

}  // namespace

void* streamOf(TF_OpKernelContext* context) {
  return ownOf(context)->op_device_context()->stream()->platform_specific_handle().stream;
}

int64_t spareOfPool(TF_OpKernelContext* context) {
  auto* allocator = ownOf(context)->device()->GetAllocator(tensorflow::AllocatorAttributes());
  const auto stats = allocator->GetStats();
  if (!stats || !stats->pool_bytes) return 0;
  return *stats->pool_bytes - stats->bytes_in_use;
}

}  // namespace cuda

#endif
