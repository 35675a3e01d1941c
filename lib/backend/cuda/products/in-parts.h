// Products of float32 numbers by tensor cores: each number is three of bfloat16 that add up to it.
#pragma once

#include "device/work.h"

namespace cuda {

/** Whether this product of float32 is faster in parts than by cuBLAS's float32. */
bool paysInParts(const Work& work, const MatrixProduct& p);

/**
 * Computes it in parts. With a₁ + a₂ + a₃ = a, a·b is a₁b₁ + (a₁b₂ + a₂b₁) + (a₁b₃ + a₂b₂ + a₃b₁); the three products
 * that are left out are below float32's rounding, about 2⁻²⁵ of a·b. Tensor cores multiply numbers of bfloat16 exactly
 * and add up in float32. XLA knows the method as BF16_BF16_F32_X6. An infinite number makes its sums NaN.
 */
void multiplyInParts(Work& work, const MatrixProduct& p);

/** The same of float32 a and bfloat16 b, which is one part. */
void multiplyWithHalves(Work& work, const MatrixProduct& p);

}  // namespace cuda
