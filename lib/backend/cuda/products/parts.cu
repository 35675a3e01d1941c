// Numbers of float32 as three of bfloat16 that add up to them: 24 bits of mantissa are three times 8.

/** The nearest bfloat16; of a finite number whose nearest is infinite, the next one towards zero. */
__device__ __forceinline__ u32 partOf(float x) {
  const u32 half = nearestHalf(x);
  return (half & 0x7fffu) == 0x7f80u ? __float_as_uint(x) >> 16 : half;
}

/** How the parts of a matrix lie, in numbers. Rows and columns are cut into stretches of so many. */
struct PartsLayout {
  int rows, columns;              // of the matrix; the rest of the stretches is zero
  int rowStretch, columnStretch;  // of which the second is a multiple of 8
  int rowStretches, columnStretches;
  i64 ahead;                // from a row to the next of its stretch
  i64 rowJump, columnJump;  // from a stretch to the next
  i64 apart;                // from a slot to the next
  int slots, order;         // slot i holds part (order >> 2·i & 3) of each number
};

/** The parts of x, whose rows begin `stride` numbers after each other. A thread splits four numbers of a row. */
KERNEL splitParts(const float* x, i64 stride, u32* y, PartsLayout p) {
  const i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x, quads = (i64)p.columnStretch * p.columnStretches / 4;
  const int row = (int)(i / quads), column = (int)(i % quads) * 4;
  if (row >= p.rowStretch * p.rowStretches) return;
  float four[4] = {0, 0, 0, 0};
  const float* from = x + row * stride + column;
  if (row < p.rows && column + 4 <= p.columns && ((u64)from & 15) == 0) {
    const float4 all = *reinterpret_cast<const float4*>(from);
    four[0] = all.x, four[1] = all.y, four[2] = all.z, four[3] = all.w;
  } else if (row < p.rows) {
#pragma unroll
    for (int e = 0; e < 4; e++)
      if (column + e < p.columns) four[e] = from[e];
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
  const i64 at = row / p.rowStretch * p.rowJump + row % p.rowStretch * p.ahead +
                 column / p.columnStretch * p.columnJump + column % p.columnStretch;
  u32* to = y + at / 2;
  for (int slot = 0; slot < p.slots; slot++, to += p.apart / 2) {
    const int part = p.order >> (2 * slot) & 3;
    const u32 left = part == 0 ? parts[0][0] : part == 1 ? parts[1][0] : parts[2][0];
    const u32 right = part == 0 ? parts[0][1] : part == 1 ? parts[1][1] : parts[2][1];
    *reinterpret_cast<float2*>(to) = {__uint_as_float(left), __uint_as_float(right)};
  }
}
