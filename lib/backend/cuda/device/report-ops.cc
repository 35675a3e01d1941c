// Whether our kernels run here, as an operation: what compiles them is called by it first.

#include <map>

#include "device/work.h"
#ifdef DEEPRETRIEVAL_CUDA
#include "device/card.h"
#include "device/context.h"
#endif

namespace {

using namespace cuda;

/**
 * -> [1 + rooms]: the compute capability, 0 in the emulation; and for each room of kernel-names.h whether its kernels
 * compiled. What the compiler said of others goes to stderr.
 */
void report(Work& work) {
#ifdef DEEPRETRIEVAL_CUDA
  if (work.ownStream()) {
    const CardReport card = cardReport();
    int32_t* y = reinterpret_cast<int32_t*>(work.output(0, {static_cast<int64_t>(1 + card.rooms.size())}, TF_INT32));
    *y++ = card.capability;
    std::map<std::string, std::string> refusals;  // what the compiler said → the rooms that it said it of
    for (const auto& room : card.rooms) {
      *y++ = room.refusal.empty();
      std::string& rooms = refusals[room.refusal];
      rooms += (rooms.empty() ? "" : ", ") + room.name;
    }
    for (const auto& [refusal, rooms] : refusals)
      if (!refusal.empty()) std::fprintf(stderr, "CUDA kernels of %s: %s\n", rooms.c_str(), refusal.c_str());
    return;
  }
#endif
  *reinterpret_cast<int32_t*>(work.output(0, {1}, TF_INT32)) = 0;
}

/** -> [1]: kilobytes that TensorFlow holds for tensors to come, 0 in the emulation. */
void spare(Work& work) {
  int64_t bytes = 0;
#ifdef DEEPRETRIEVAL_CUDA
  if (work.ownStream()) bytes = spareOfPool(work.ownContext());
#endif
  *reinterpret_cast<int32_t*>(work.output(0, {1}, TF_INT32)) = static_cast<int32_t>(bytes > 0 ? bytes / 1024 : 0);
}

const bool registered = registerOperations({
    {"DecoderCard", {"x: float"}, {"y: int32"}, {}, BY(report), {"y"}},
    {"DecoderCardSpare", {"x: float"}, {"y: int32"}, {}, BY(spare), {"y"}},
});

}  // namespace
