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

constexpr int turnTerms = 16, turns = 3;

/** Numbers from one row of the room to the next, of a matrix that lies [rows, terms], or [terms, rows] if it is `turned`. */
template <int rows, bool turned>
constexpr int roomStride = turned ? rows + 8 : turnTerms + 4;
template <int rows, bool turned>
constexpr int roomSize = (turned ? turnTerms : rows) * roomStride<rows, turned>;

/** Begins to copy terms `from` … of rows `first` … of a matrix; zeros past the matrix and past `end`. */
template <int rows, bool turned>
__device__ __forceinline__ void beginTurn(const float* x, int count, int K, int first, int from, int end, float* room) {
  constexpr int wide = (turned ? rows : turnTerms) / 4, S = roomStride<rows, turned>;
#pragma unroll
  for (int i = threadIdx.x; i < rows * turnTerms / 4; i += 256) {
    const int line = i / wide, at = 4 * (i % wide);
    const int row = first + (turned ? at : line), term = from + (turned ? line : at);
    const bool there = row < count && term < end;
    copyAhead(room + line * S + at, there ? x + (turned ? (i64)term * count + row : (i64)row * K + term) : x, there);
  }
}

/** The parts of a warp's numbers of A or B: row r of it at term k. */
template <int rows, bool turned>
__device__ __forceinline__ float termAt(const float* room, int row, int k) {
  constexpr int S = roomStride<rows, turned>;
  return turned ? room[k * S + row] : room[row * S + k];
}

/** turnedA: A lies [K, M]. turnedB: B lies [K, N], else [N, K]. */
template <int NT, bool turnedA, bool turnedB>
__device__ __forceinline__ void tiledProduct(const TiledProduct& p) {
  DYNAMIC_SHARED(room);
  constexpr int M = 128, N = 32 * NT, sizeA = roomSize<M, turnedA>, size = sizeA + roomSize<N, turnedB>;
  const int firstRow = blockIdx.y * M, firstColumn = blockIdx.x * N, g = TILE_G, t = TILE_T;
  const int begin = blockIdx.z * p.stretch, end = min(p.K, begin + p.stretch);
  const int ownRow = 64 * (WARP & 1), ownColumn = 8 * NT * (WARP >> 1);
  float sum[4][NT][4];
#pragma unroll
  for (int m = 0; m < 4; m++)
#pragma unroll
    for (int n = 0; n < NT; n++) sum[m][n][0] = sum[m][n][1] = sum[m][n][2] = sum[m][n][3] = 0;
  const auto beginBoth = [&](int turn) {
    float* place = room + turn % turns * size;
    const int from = begin + turn * turnTerms;
    if (from < end) {
      beginTurn<M, turnedA>(p.a, p.M, p.K, firstRow, from, end, place);
      beginTurn<N, turnedB>(p.b, p.N, p.K, firstColumn, from, end, place + sizeA);
    }
    endCopies();
  };
  for (int turn = 0; turn < turns - 1; turn++) beginBoth(turn);
  for (int turn = 0; begin + turn * turnTerms < end; turn++) {
    awaitCopies<turns - 2>();
    __syncthreads();  // all threads' copies of this turn are there, and the turn before has been read
    beginBoth(turn + turns - 1);
    const float *a = room + turn % turns * size, *b = a + sizeA;
#pragma unroll
    for (int k = 0; k < turnTerms; k += 8) {
      Parts<2, true> right[NT];
#pragma unroll
      for (int n = 0; n < NT; n++) {
        const int column = ownColumn + 8 * n + g;
        right[n].set(0, termAt<N, turnedB>(b, column, k + t)), right[n].set(1, termAt<N, turnedB>(b, column, k + t + 4));
      }
#pragma unroll
      for (int m = 0; m < 4; m++) {
        Parts<4, true> left;
        const int row = ownRow + 16 * m + g;
#pragma unroll
        for (int i = 0; i < 4; i++) left.set(i, termAt<M, turnedA>(a, row + 8 * (i & 1), k + t + 4 * (i >> 1)));
#pragma unroll
        for (int n = 0; n < NT; n++) {
          float some[4] = {0, 0, 0, 0};
          multiplyTile<true>(some, left, right[n]);
#pragma unroll
          for (int i = 0; i < 4; i++) sum[m][n][i] += some[i];
        }
      }
    }
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
