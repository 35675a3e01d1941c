// Numbers of float32 as three of bfloat16 that add up to them: 24 bits of mantissa are three times 8.

/** The nearest bfloat16; of a finite number whose nearest is infinite, the next one towards zero. */
__device__ __forceinline__ u32 partOf(float x) {
  const u32 half = nearestHalf(x);
  return (half & 0x7fffu) == 0x7f80u ? __float_as_uint(x) >> 16 : half;
}

/**
 * The parts of x [rows, columns], whose rows begin `stride` numbers after each other. Slot i of a number holds its part
 * (order >> 2·i & 3). In `y`, rows begin `ahead` and slots `apart` numbers after each other, both multiples of 8. What
 * lies between [rows, columns] and [paddedRows, padded] is zero. A thread splits four numbers of a row.
 */
KERNEL splitParts(const float* x, i64 stride, u32* y, int rows, int columns, int paddedRows, int padded, i64 ahead,
                  i64 apart, int order, int slots) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x, quads = padded / 4, row = i / quads;
  const int first = (int)(i - row * quads) * 4;
  if (row >= paddedRows) return;
  float four[4] = {0, 0, 0, 0};
  const float* from = x + row * stride + first;
  if (row < rows && first + 4 <= columns && ((u64)from & 15) == 0) {
    const float4 all = *reinterpret_cast<const float4*>(from);
    four[0] = all.x, four[1] = all.y, four[2] = all.z, four[3] = all.w;
  } else if (row < rows) {
#pragma unroll
    for (int e = 0; e < 4; e++)
      if (first + e < columns) four[e] = from[e];
  }
  u32 parts[3][2];
#pragma unroll
  for (int part = 0; part < 3; part++)
#pragma unroll
    for (int e = 0; e < 4; e += 2) {
      const u32 low = partOf(four[e]), high = partOf(four[e + 1]);
      four[e] -= __uint_as_float(low << 16), four[e + 1] -= __uint_as_float(high << 16);
      parts[part][e / 2] = low | high << 16;
    }
  u32* to = y + (row * ahead + first) / 2;
  for (int slot = 0; slot < slots; slot++, to += apart / 2) {
    const int part = order >> (2 * slot) & 3;
    const u32 left = part == 0 ? parts[0][0] : part == 1 ? parts[1][0] : parts[2][0];
    const u32 right = part == 0 ? parts[0][1] : part == 1 ? parts[1][1] : parts[2][1];
    *reinterpret_cast<float2*>(to) = {__uint_as_float(left), __uint_as_float(right)};
  }
}
