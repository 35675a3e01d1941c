// The instruction sets for which kernels are compiled, and which of them this process uses.
#pragma once

#include <cstdint>

// AVX-512 with the extensions that all processors with it have, AVX2 with FMA, and SSE4.2; NEON on ARM. TensorFlow
// needs AVX, so that nothing below SSE4.2 is needed. SVE vectors have no size at compile time, and cannot be elements
// of the arrays that hold register tiles.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_AVX10_2 | HWY_ALL_SVE)

namespace kernels {

/** A width of vectors. */
struct VectorWidth {
  const char* name;  // its value of DEEPRETRIEVAL_SIMD
  int32_t bits;
  int64_t target;  // Highway's bit for it
  bool here;       // whether this processor has it
};

/** The widths that were compiled, the widest first. Returns how many there are. */
int vectorWidths(VectorWidth (&widths)[4]);

/** Which of these is used: the one that DEEPRETRIEVAL_SIMD names, if it is here, else the widest that is. */
VectorWidth vectorWidthInUse();

}  // namespace kernels
