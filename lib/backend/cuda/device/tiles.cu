// Products of small matrices by a warp on tensor cores. A tile of A has 16 rows and 8 columns, one of B 8 rows and 8
// columns, one of the sums 16 rows and 8 columns. With g = lane / 4 and t = lane % 4, a lane holds of A the numbers
// (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); of B (t, g), (t + 4, g); of the sums (g, 2t), (g, 2t + 1),
// (g + 8, 2t), (g + 8, 2t + 1).

#define TILE_G ((threadIdx.x & 31) >> 2)
#define TILE_T (threadIdx.x & 3)

/** The nearest number of 10 bits of mantissa, which is what a tensor core reads of a float32. */
__device__ __forceinline__ float coarse(float x) {
  return __uint_as_float((__float_as_uint(x) + 0x1000u) & 0xffffe000u);
}

#ifndef DEEPRETRIEVAL_EMULATION
__device__ __forceinline__ void tensorCore(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
      "%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
        "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}

/**
 * c += A·B of bfloat16, 16 columns of A: PTX's mma.m16n8k16. A lane holds of A the pairs (g, 2t), (g + 8, 2t),
 * (g, 2t + 8), (g + 8, 2t + 8), of neighbours in a row, and of B (2t, g), (2t + 8, g), of neighbours in a column.
 */
__device__ __forceinline__ void tensorCore(float (&c)[4], const u32 (&a)[4], const u32 (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
      "%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

/** N numbers of a lane as a coarse part and, if `exact`, what that leaves. */
template <int N, bool exact>
struct Parts {
  float high[N], low[exact ? N : 1];
  __device__ __forceinline__ void set(int i, float x) {
    high[i] = coarse(x);
    if (exact) low[i] = x - high[i];  // of which a tensor core reads 10 bits too
  }
};

/**
 * c += A·B. If `exact`, three products of coarse parts give what float32 gives; the fourth, of what both leave, is
 * below its rounding. Tensor cores cut their sums off instead of rounding them, so callers add short sums up
 * themselves.
 */
template <bool exact>
__device__ __forceinline__ void multiplyTile(float (&c)[4], const Parts<4, exact>& a, const Parts<2, exact>& b) {
  if constexpr (exact) {
    tensorCore(c, a.low, b.high);
    tensorCore(c, a.high, b.low);
  }
  tensorCore(c, a.high, b.high);
}
