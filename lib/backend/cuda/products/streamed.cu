// Products of few rows with a matrix on tensor cores, bound by reading the matrix: each lane has several reads of it
// under way, and no warp waits for another before the end. With g = lane / 4 and t = lane % 4, a lane reads row g of x.

#ifndef DEEPRETRIEVAL_EMULATION
/** 16 bytes, or 8, that are read once. */
__device__ __forceinline__ void readOnce(u32 (&to)[4], const void* from) {
  asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "l"(from));
}
__device__ __forceinline__ void readOnce(u32 (&to)[2], const void* from) {
  asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v2.u32 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "l"(from));
}

#if __CUDA_ARCH__ >= 900
/** Until here the kernels before this one may still run, whose results it may not read. */
__device__ __forceinline__ void awaitEarlier() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
/** The next kernel may begin where there is room. */
__device__ __forceinline__ void admitLater() { asm volatile("griddepcontrol.launch_dependents;"); }
__device__ __forceinline__ void clusterBarrier() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}
/** A number of shared memory as the block of this rank in the cluster holds it. */
__device__ __forceinline__ float ofBlock(const float* own, u32 rank) {
  u32 there;
  float x;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"((u32)__cvta_generic_to_shared(own)), "r"(rank));
  asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(x) : "r"(there));
  return x;
}
#else
__device__ __forceinline__ void awaitEarlier() {}
__device__ __forceinline__ void admitLater() {}
__device__ __forceinline__ void clusterBarrier() { __syncthreads(); }
__device__ __forceinline__ float ofBlock(const float* own, u32) { return *own; }
#endif
#endif

/** Two numbers as the sums of three pairs of bfloat16. */
__device__ __forceinline__ void threeParts(float x, float y, u32 (&pairs)[3]) {
#pragma unroll
  for (int i = 0; i < 3; i++) {
    const u32 a = __float_as_uint(x), b = __float_as_uint(y);
    pairs[i] = a >> 16 | (b & 0xffff0000u);
    x -= __uint_as_float(a & 0xffff0000u), y -= __uint_as_float(b & 0xffff0000u);
  }
}

enum class Layout { wide, narrow, turned };  // W [K, N] read by 16 or 8 bytes a lane; W [N, K]

/**
 * What a warp multiplies at a step. A lane holds `words` of each of `reads` rows of W, and `own` inputs of its row of
 * x. Columns of W stand in the tensor cores' A, and those of its numbers that a lane read are those that it needs
 * there.
 */
template <bool isHalf, Layout layout>
struct Step {
  static constexpr bool isTurned = layout == Layout::turned;
  static constexpr int words = layout == Layout::narrow ? 2 : 4, reads = isTurned ? 8 : 4, bytes = isHalf ? 2 : 4;
  static constexpr int each = 4 * words / bytes, own = isTurned ? each : 4, inputs = 4 * own;
  static constexpr int columns = 8 * (isTurned ? reads : each), tiles = columns / 16, sums = tiles * 128;
  typedef u32 Weights[reads][words];

  /** The column of a lane's number e of its sums of a tile. */
  static __device__ __forceinline__ int column(int lane, int tile, int e) {
    return isTurned ? 16 * tile + 8 * (e / 2) + lane / 4 : each * (lane / 4) + 2 * tile + e / 2;
  }

  static __device__ __forceinline__ void read(Weights& w, const FewRows& p, i64 first, int step) {
    const int k = min(step * inputs + (int)(LANE % 4) * own, p.K - own);
    const i64 n = first + LANE / 4 * (isTurned ? 1 : each);
#pragma unroll
    for (int i = 0; i < reads; i++) {
      const i64 at = isTurned ? min(n + 8 * i, p.N - 1) * p.K + k : (k + i) * p.N + min(n, p.N - each);
      readOnce(w[i], static_cast<const char*>(p.w) + at * bytes);
    }
  }

  template <int groups>
  static __device__ __forceinline__ void multiply(float (&sum)[groups][tiles][4], const Weights& w,
                                                  const float (&x)[groups][own]) {
#pragma unroll
    for (int h = 0; h < (isHalf ? own / 4 : own / 2); h++)
      if constexpr (isHalf) {
        u32 left[groups][3], right[groups][3];
#pragma unroll
        for (int f = 0; f < groups; f++)
          threeParts(x[f][4 * h], x[f][4 * h + 1], left[f]), threeParts(x[f][4 * h + 2], x[f][4 * h + 3], right[f]);
#pragma unroll
        for (int j = 0; j < tiles; j++) {
          u32 a[4];
          if constexpr (isTurned)
            a[0] = w[2 * j][2 * h], a[1] = w[2 * j + 1][2 * h], a[2] = w[2 * j][2 * h + 1],
            a[3] = w[2 * j + 1][2 * h + 1];
          else
            a[0] = (w[0][j] & 0xffffu) | w[1][j] << 16, a[1] = w[0][j] >> 16 | (w[1][j] & 0xffff0000u),
            a[2] = (w[2][j] & 0xffffu) | w[3][j] << 16, a[3] = w[2][j] >> 16 | (w[3][j] & 0xffff0000u);
#pragma unroll
          for (int i = 2; i >= 0; i--)
#pragma unroll
            for (int f = 0; f < groups; f++) tensorCore(sum[f][j], a, {left[f][i], right[f][i]});
        }
      } else {
        Parts<2, true> b[groups];
#pragma unroll
        for (int f = 0; f < groups; f++) b[f].set(0, x[f][2 * h]), b[f].set(1, x[f][2 * h + 1]);
#pragma unroll
        for (int j = 0; j < tiles; j++) {
          Parts<4, true> a;
#pragma unroll
          for (int i = 0; i < 4; i++)
            a.set(i, __uint_as_float(isTurned ? w[2 * j + i % 2][2 * h + i / 2] : w[2 * h + i / 2][2 * j + i % 2]));
#pragma unroll
          for (int f = 0; f < groups; f++) multiplyTile<true>(sum[f][j], a, b[f]);
        }
      }
  }
};

/** What a lane reads of x at a step, and what a gate or a norm multiplies it by unless it is `plain`. */
template <int groups, int own, bool plain>
struct Inputs {
  float x[groups][own], by[groups][own];

  __device__ __forceinline__ void read(const FewRows& p, int first, int k) {
#pragma unroll
    for (int f = 0; f < groups; f++)
#pragma unroll
      for (int i = 0; i < own; i += 4) {
        const int m = first + 8 * f + LANE / 4;
        float4 four = {0, 0, 0, 0}, factor = {1, 1, 1, 1};
        if (m < p.rows && k < p.K) {
          const float* from = p.x + (i64)m * (p.gated ? 2 * p.K : p.K) + k + i;
          four = *reinterpret_cast<const float4*>(from);
          if (!plain && p.gated) factor = *reinterpret_cast<const float4*>(from + p.K);
          else if (!plain && p.norm) factor = *reinterpret_cast<const float4*>(p.norm + k + i);
        }
        x[f][i] = four.x, x[f][i + 1] = four.y, x[f][i + 2] = four.z, x[f][i + 3] = four.w;
        by[f][i] = factor.x, by[f][i + 1] = factor.y, by[f][i + 2] = factor.z, by[f][i + 3] = factor.w;
      }
  }
};

/**
 * 8·groups rows of it by a cluster of gridDim.x blocks, each warp of which takes every so many steps and reads `ahead`
 * of them at a time. Sums are added in the order of warps and blocks. Grid: (cluster, columns, rows); shared: what
 * few-rows.cc counts.
 */
template <int groups, bool isHalf, Layout layout, int ahead>
__device__ __forceinline__ void streamedProduct(const FewRows& p) {
  typedef Step<isHalf, layout> S;
  DYNAMIC_SHARED(room);
  constexpr int sums = groups * S::sums, all = sums + 8 * groups;  // a warp's: of columns, and of squares
  const int first = blockIdx.z * 8 * groups, warps = blockDim.x >> 5, stride = gridDim.x * warps;
  const int steps = (p.K + S::inputs - 1) / S::inputs, start = blockIdx.x * warps + WARP;
  const i64 base = (i64)blockIdx.y * S::columns;
  typename S::Weights w[ahead];
  admitLater();
#pragma unroll
  for (int a = 0; a < ahead; a++)
    if (start + a * stride < steps) S::read(w[a], p, base, start + a * stride);
  awaitEarlier();
  Inputs<groups, S::own, S::isTurned> inputs;
  float sum[groups][S::tiles][4] = {}, squares[groups] = {};
  const int ownInput = LANE % 4 * S::own;
  inputs.read(p, first, start * S::inputs + ownInput);
  for (int from = start; from < steps; from += ahead * stride)
#pragma unroll
    for (int a = 0; a < ahead; a++) {
      const int step = from + a * stride;
      if (step >= steps) break;
      float x[groups][S::own];
#pragma unroll
      for (int f = 0; f < groups; f++)
#pragma unroll
        for (int i = 0; i < S::own; i++) {
          const float v = inputs.x[f][i];
          squares[f] += v * v;
          const float gate = !S::isTurned && p.gated ? __fdividef(v, 1.f + __expf(-v)) : v;
          x[f][i] = gate * inputs.by[f][i];
        }
      inputs.read(p, first, (step + stride) * S::inputs + ownInput);
      S::multiply(sum, w[a], x);
      if (step + ahead * stride < steps) S::read(w[a], p, base, step + ahead * stride);
    }
#pragma unroll
  for (int f = 0; f < groups; f++) {
#pragma unroll
    for (int j = 0; j < S::tiles; j++)
#pragma unroll
      for (int e = 0; e < 4; e++) room[WARP * all + ((f * S::tiles + j) * 4 + e) * 32 + LANE] = sum[f][j][e];
    float total = squares[f];
    for (int o = 1; o < 4; o *= 2) total += __shfl_xor_sync(ALL_LANES, total, o);
    if (LANE % 4 == 0) room[WARP * all + sums + 8 * f + LANE / 4] = total;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < all; i += blockDim.x) {
    float total = 0;
    for (int warp = 0; warp < warps; warp++) total += room[warp * all + i];
    room[i] = total;
  }
  clusterBarrier();
  const auto totalOf = [&](int i) {
    float total = 0;
    for (u32 block = 0; block < gridDim.x; block++) total += ofBlock(room + i, block);
    return total;
  };
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < sums; i += gridDim.x * blockDim.x) {
    const int lane = i % 32, e = i / 32 % 4, j = i / 128 % S::tiles, row = i / S::sums * 8 + lane % 4 * 2 + e % 2;
    const i64 m = first + row, n = base + S::column(lane, j, e);
    if (m >= p.rows || n >= p.N) continue;
    float total = totalOf(i);
    if (p.norm) total *= rsqrtf(totalOf(sums + row) / p.K + p.epsilon);
    float* out = p.y + m * p.N + n;
    *out = (p.adds ? *out : 0.f) + p.scale * total + (p.bias ? p.bias[n] : 0.f);
  }
  clusterBarrier();  // the others have read this block's sums
}

#define STREAMED(M, groups, threads, resident)                                                                         \
  KERNEL __launch_bounds__(threads, resident) streamedWide##M(FewRows p) {                                             \
    streamedProduct<groups, false, Layout::wide, 2>(p);                                                                \
  }                                                                                                                    \
  KERNEL __launch_bounds__(512) streamedNarrow##M(FewRows p) { streamedProduct<groups, false, Layout::narrow, 4>(p); } \
  KERNEL __launch_bounds__(128, 2) streamedTurned##M(FewRows p) {                                                      \
    streamedProduct<groups, false, Layout::turned, 2>(p);                                                              \
  }                                                                                                                    \
  KERNEL __launch_bounds__(threads, resident) streamedWideHalf##M(FewRows p) {                                         \
    streamedProduct<groups, true, Layout::wide, 2>(p);                                                                 \
  }                                                                                                                    \
  KERNEL __launch_bounds__(512) streamedNarrowHalf##M(FewRows p) {                                                     \
    streamedProduct<groups, true, Layout::narrow, 4>(p);                                                               \
  }                                                                                                                    \
  KERNEL __launch_bounds__(128, 2) streamedTurnedHalf##M(FewRows p) {                                                  \
    streamedProduct<groups, true, Layout::turned, 2>(p);                                                               \
  }

STREAMED(8, 1, 256, 3)
STREAMED(16, 2, 512, 1)
