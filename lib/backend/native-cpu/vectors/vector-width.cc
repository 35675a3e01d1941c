// Highway's choice of instruction set at run time. TensorFlow's wheel lacks Highway's targets.cc. This file has the two
// functions of it that the headers call, and follows DEEPRETRIEVAL_SIMD.

#include "vectors/vector-width.h"

#include <cstdlib>
#include <cstring>

#include "hwy/highway.h"

namespace kernels {

namespace {

const VectorWidth compiled[] = {
#if HWY_ARCH_X86
    {"avx512", 512, HWY_AVX3, false},
    {"avx2", 256, HWY_AVX2, false},
    {"sse4", 128, HWY_SSE4, false},
#else
    {"neon", 128, HWY_STATIC_TARGET, false},
#endif
};

bool processorHas(int64_t target) {
#if HWY_ARCH_X86
  __builtin_cpu_init();
  const bool hasAvx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (target == HWY_AVX2) return hasAvx2;
  if (target == HWY_AVX3)
    return hasAvx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#endif
  return target == HWY_STATIC_TARGET;  // for which everything else in this library is compiled
}

}  // namespace

int vectorWidths(VectorWidth (&widths)[4]) {
  int count = 0;
  for (const VectorWidth& width : compiled) {
    if (!(HWY_TARGETS & width.target)) continue;  // Highway leaves out targets that this compiler gets wrong
    widths[count] = width;
    widths[count++].here = processorHas(width.target);
  }
  return count;
}

VectorWidth vectorWidthInUse() {
  VectorWidth widths[4];
  const int count = vectorWidths(widths);
  const char* wanted = std::getenv("DEEPRETRIEVAL_SIMD");
  const VectorWidth* widest = nullptr;
  for (int i = 0; i < count; i++) {
    if (!widths[i].here) continue;
    if (wanted && std::strcmp(wanted, widths[i].name) == 0) return widths[i];
    if (!widest) widest = &widths[i];
  }
  return *widest;  // the static target is always here
}

}  // namespace kernels

namespace hwy {

int64_t SupportedTargets() {
  static const int64_t target = kernels::vectorWidthInUse().target;
  return target;
}

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

}  // namespace hwy
