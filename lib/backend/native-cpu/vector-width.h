// The instruction sets for which kernels are compiled, and which of them this process uses.
#pragma once

#include <cstdint>

// AVX-512 with the parts that all processors with it have, AVX2 with FMA, and SSE4.2; NEON on ARM. TensorFlow itself
// needs AVX, so that nothing below SSE4.2 is worth its compilation. Vectors of a length that only the processor knows
// (SVE) cannot stand in arrays, which hold our register tiles.
#define HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_AVX10_2 | HWY_ALL_SVE)

namespace kernels {

/** A width of vectors. */
struct VectorWidth {
  const char* name;  // that DEEPRETRIEVAL_SIMD has for it
  int32_t bits;
  int64_t target;  // Highway's bit for it
  bool here;       // whether this processor has it
};

/** The widths that were compiled, the widest first. Returns how many there are. */
int vectorWidths(VectorWidth (&widths)[4]);

/** Which of these is used: the one that DEEPRETRIEVAL_SIMD names, if it is here, else the widest that is. */
VectorWidth vectorWidthInUse();

}  // namespace kernels
