// What all kernels share. NVRTC reads it before each room's file; the emulation (device/emulation.cc) reads it once.
#ifndef DEEPRETRIEVAL_EMULATION
#define KERNEL extern "C" __global__ void
#define DYNAMIC_SHARED(name)                          \
  extern __shared__ __align__(16) char dynamicRoom[]; \
  float* name = reinterpret_cast<float*>(dynamicRoom)
#define INFINITE __int_as_float(0x7f800000)
#endif

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;

#define ALL_LANES 0xffffffffu
#define LANE (threadIdx.x & 31)
#define WARP (threadIdx.x >> 5)

__device__ __forceinline__ float warpSum(float x) {
  for (int o = 16; o; o >>= 1) x += __shfl_xor_sync(ALL_LANES, x, o);
  return x;
}

__device__ __forceinline__ float warpMax(float x) {
  for (int o = 16; o; o >>= 1) x = fmaxf(x, __shfl_xor_sync(ALL_LANES, x, o));
  return x;
}

/** The sum over a block of whole warps, in every thread. */
__device__ __forceinline__ float blockSum(float x) {
  __shared__ float parts[33];
  const int warps = blockDim.x >> 5;
  x = warpSum(x);
  __syncthreads();  // an earlier result has been read
  if (LANE == 0) parts[WARP] = x;
  __syncthreads();
  if (WARP == 0) {
    const float total = warpSum((int)LANE < warps ? parts[LANE] : 0.f);
    if (LANE == 0) parts[32] = total;
  }
  __syncthreads();
  return parts[32];
}

/** The largest number of a block of whole warps, in every thread. */
__device__ __forceinline__ float blockMax(float x) {
  __shared__ float parts[33];
  const int warps = blockDim.x >> 5;
  x = warpMax(x);
  __syncthreads();
  if (LANE == 0) parts[WARP] = x;
  __syncthreads();
  if (WARP == 0) {
    const float most = warpMax((int)LANE < warps ? parts[LANE] : -INFINITE);
    if (LANE == 0) parts[32] = most;
  }
  __syncthreads();
  return parts[32];
}

/** The two numbers of a bfloat16 pair. */
__device__ __forceinline__ float lowHalf(u32 pair) { return __uint_as_float(pair << 16); }
__device__ __forceinline__ float highHalf(u32 pair) { return __uint_as_float(pair & 0xffff0000u); }

/** The bfloat16 that is nearest, of two the even one. */
__device__ __forceinline__ u32 nearestHalf(float x) {
  const u32 bits = __float_as_uint(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return bits >> 16 | 0x40u;  // no number stays none
  return (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
}
__device__ __forceinline__ u32 pairOf(float low, float high) {
#if __CUDA_ARCH__ >= 800
  u32 pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#else
  return nearestHalf(low) | nearestHalf(high) << 16;
#endif
}

/** Four numbers of float32, or of bfloat16, that are read and written together. */
__device__ __forceinline__ float4 fourAt(const float4* x) { return *x; }
__device__ __forceinline__ float4 fourAt(const uint2* x) {
  const uint2 pairs = *x;
  return {lowHalf(pairs.x), highHalf(pairs.x), lowHalf(pairs.y), highHalf(pairs.y)};
}
__device__ __forceinline__ void setFour(float4* y, float4 x) { *y = x; }
__device__ __forceinline__ void setFour(uint2* y, float4 x) { *y = {pairOf(x.x, x.y), pairOf(x.z, x.w)}; }
