// Products of large float32 matrices on tensor cores, with float32's accuracy: three products of rounded parts, whose
// sums over 8 terms are added up in float32. cuBLAS computes these on the cores of float32.
//
// A block of 8 warps computes 128 rows and 32·NT columns of C, a warp 64 rows and 8·NT columns; 16 terms of the sum are
// in shared memory at a time, and those of the next two turns are on their way. Each matrix lies there as it lies in
// memory; the room between its rows keeps a warp's reads on different banks.

struct TiledProduct {
  const float *a, *b;
  float* c;
  float* parts;  // [gridDim.z, M, N] of sums over a stretch of K, or null where there is one stretch
  int M, N, K, stretch;
  float alpha, beta;
};

constexpr int turnTerms = 16;

/** Numbers from one line of the room to the next. A line holds the terms of a row, or, if `turned`, a term of all rows. */
template <int rows, bool turned>
constexpr int roomStride = turned ? 2 * rows + 4 : 2 * turnTerms + 16;
template <int rows, bool turned>
constexpr int roomSize = (turned ? turnTerms : rows) * roomStride<rows, turned>;

/** A thread's share of what a turn reads of a matrix, on its way from memory to the room. */
template <int rows, bool turned>
struct Share {
  static constexpr int wide = (turned ? rows : turnTerms) / 4, all = rows * turnTerms / 4, count = (all + 255) / 256;
  float4 four[count];

  /** Terms `from` … of rows `first` … of x; zeros past the matrix and past `end`. */
  __device__ __forceinline__ void read(const float* x, int size, int K, int first, int from, int end) {
#pragma unroll
    for (int i = 0; i < count; i++) {
      const int place = threadIdx.x + 256 * i, line = place / wide, at = 4 * (place % wide);
      const int row = first + (turned ? at : line), term = from + (turned ? line : at);
      const float4 zeros = {0.f, 0.f, 0.f, 0.f};
      four[i] = place < all && row < size && term < end
                    ? *reinterpret_cast<const float4*>(x + (turned ? (i64)term * size + row : (i64)row * K + term))
                    : zeros;
    }
  }
  /** Writes each number as its coarse part and what that leaves, side by side. */
  __device__ __forceinline__ void write(float* room) const {
#pragma unroll
    for (int i = 0; i < count; i++) {
      const int place = threadIdx.x + 256 * i, line = place / wide, at = 4 * (place % wide);
      if (place >= all) continue;
      const float4 x = four[i], high = {coarse(x.x), coarse(x.y), coarse(x.z), coarse(x.w)};
      float4* out = reinterpret_cast<float4*>(room + line * roomStride<rows, turned> + 2 * at);
      out[0] = {high.x, x.x - high.x, high.y, x.y - high.y}, out[1] = {high.z, x.z - high.z, high.w, x.w - high.w};
    }
  }
};

/** Both parts of the terms k and k + 1 of a row: (high, low, high, low). */
template <int rows, bool turned>
__device__ __forceinline__ float4 termsAt(const float* room, int row, int k) {
  constexpr int S = roomStride<rows, turned>;
  if constexpr (!turned) return *reinterpret_cast<const float4*>(room + row * S + 2 * k);
  const float2 left = *reinterpret_cast<const float2*>(room + k * S + 2 * row),
               right = *reinterpret_cast<const float2*>(room + (k + 1) * S + 2 * row);
  return {left.x, left.y, right.x, right.y};
}

/**
 * turnedA: A lies [K, M]. turnedB: B lies [K, N], else [N, K]. The terms 2t and 2t + 1 serve as a tile's columns t and
 * t + 4.
 */
template <int NT, bool turnedA, bool turnedB>
__device__ __forceinline__ void tiledProduct(const TiledProduct& p) {
  DYNAMIC_SHARED(room);
  constexpr int M = 128, N = 32 * NT, sizeA = roomSize<M, turnedA>, size = sizeA + roomSize<N, turnedB>;
  const int firstRow = blockIdx.y * M, firstColumn = blockIdx.x * N, g = TILE_G, t = TILE_T;
  const int begin = blockIdx.z * p.stretch, end = min(p.K, begin + p.stretch);
  const int ownRow = 64 * (WARP & 1), ownColumn = 8 * NT * (WARP >> 1);
  Share<M, turnedA> shareA;
  Share<N, turnedB> shareB;
  float sum[4][NT][4];
#pragma unroll
  for (int m = 0; m < 4; m++)
#pragma unroll
    for (int n = 0; n < NT; n++) sum[m][n][0] = sum[m][n][1] = sum[m][n][2] = sum[m][n][3] = 0;
  const auto read = [&](int from) {
    shareA.read(p.a, p.M, p.K, firstRow, from, end), shareB.read(p.b, p.N, p.K, firstColumn, from, end);
  };
  const auto write = [&](float* place) { shareA.write(place), shareB.write(place + sizeA); };
  read(begin);
  write(room);
  read(begin + turnTerms);
  __syncthreads();
  int turn = 0;
  for (int from = begin; from < end; from += turnTerms, turn++) {
    const float *a = room + (turn & 1) * size, *b = a + sizeA;
    if (from + turnTerms < end) write(room + (turn + 1 & 1) * size);  // all threads have read what was there
    if (from + 2 * turnTerms < end) read(from + 2 * turnTerms);
#pragma unroll
    for (int k = 0; k < turnTerms; k += 8) {
      Parts<2, true> right[NT];
#pragma unroll
      for (int n = 0; n < NT; n++) {
        const float4 x = termsAt<N, turnedB>(b, ownColumn + 8 * n + g, k + 2 * t);
        right[n].high[0] = x.x, right[n].low[0] = x.y, right[n].high[1] = x.z, right[n].low[1] = x.w;
      }
#pragma unroll
      for (int m = 0; m < 4; m++) {
        Parts<4, true> left;
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const float4 x = termsAt<M, turnedA>(a, ownRow + 16 * m + 8 * half + g, k + 2 * t);
          left.high[half] = x.x, left.low[half] = x.y, left.high[half + 2] = x.z, left.low[half + 2] = x.w;
        }
#pragma unroll
        for (int n = 0; n < NT; n++) {
          float some[4] = {0, 0, 0, 0};
          multiplyTile<true>(some, left, right[n]);
#pragma unroll
          for (int i = 0; i < 4; i++) sum[m][n][i] += some[i];
        }
      }
    }
    __syncthreads();
  }
  float* y = p.parts ? p.parts + (i64)blockIdx.z * p.M * p.N : p.c;
  const bool scales = !p.parts;
#pragma unroll
  for (int m = 0; m < 4; m++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = firstRow + ownRow + 16 * m + 8 * half + g;
      if (row >= p.M) continue;
#pragma unroll
      for (int n = 0; n < NT; n++) {
        const int column = firstColumn + ownColumn + 8 * n + 2 * t;  // N is even
        if (column >= p.N) continue;
        float2* out = reinterpret_cast<float2*>(y + (i64)row * p.N + column);
        float2 made = {sum[m][n][2 * half], sum[m][n][2 * half + 1]};
        if (scales) {
          made.x *= p.alpha, made.y *= p.alpha;
          if (p.beta != 0.f) made.x += p.beta * out->x, made.y += p.beta * out->y;
        }
        *out = made;
      }
    }
}

/** c = alpha·Σ parts + beta·c, in the order of the stretches. */
KERNEL addParts(const float* parts, int count, float* c, i64 numbers, float alpha, float beta) {
  const i64 i = 4 * ((i64)blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= numbers) return;
  float4 sum = *reinterpret_cast<const float4*>(parts + i);
  for (int part = 1; part < count; part++) {
    const float4 more = *reinterpret_cast<const float4*>(parts + part * numbers + i);
    sum.x += more.x, sum.y += more.y, sum.z += more.z, sum.w += more.w;
  }
  sum.x *= alpha, sum.y *= alpha, sum.z *= alpha, sum.w *= alpha;
  float4* out = reinterpret_cast<float4*>(c + i);
  if (beta != 0.f) {
    const float4 old = *out;
    sum.x += beta * old.x, sum.y += beta * old.y, sum.z += beta * old.z, sum.w += beta * old.w;
  }
  *out = sum;
}

#define TILED_PRODUCT(NT)                                                                                        \
  KERNEL __launch_bounds__(256, 2) tiledProductNN##NT(TiledProduct p) { tiledProduct<NT, false, true>(p); }  \
  KERNEL __launch_bounds__(256, 2) tiledProductNT##NT(TiledProduct p) { tiledProduct<NT, false, false>(p); } \
  KERNEL __launch_bounds__(256, 2) tiledProductTN##NT(TiledProduct p) { tiledProduct<NT, true, true>(p); }

TILED_PRODUCT(3)
TILED_PRODUCT(4)
