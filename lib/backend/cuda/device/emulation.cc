// CUDA kernels on the processor, a fiber for each thread: the same files that a card compiles, so that their results
// can be tested where there is no card. It is slow, and registered under a label that only tests ask for.

#undef _FORTIFY_SOURCE  // whose longjmp refuses to leave one fiber for another

#include "device/device.h"

#ifdef __linux__

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "device/kernel-names.h"

namespace emulated {

struct Three {
  unsigned x, y, z;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {  // a card refuses one that lies elsewhere
  float x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
static float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

/** A barrier of some threads: those that are left when others have ended. */
struct Barrier {
  int waiting = 0, left = 0;
  long round = 0;
};

/** A thread of the card. It outlives its block: the next block's thread of this number runs on the same stack. */
struct Fiber {
  static constexpr size_t stackBytes = 1 << 17;
  jmp_buf here;
  Three place, block;
  unsigned number, rank;  // among the threads of its cluster, and its block's among the blocks
  bool begun = false, ended;
  std::unique_ptr<char[]> stack{new char[stackBytes]};
};

constexpr unsigned mostBlocks = 8;  // of a cluster

static Three gridDim, blockDim;
static std::vector<std::unique_ptr<Fiber>> fibers;
static std::vector<Barrier> warps, blocks;
static Barrier cluster;
static jmp_buf scheduler;
static Fiber* current;
static std::function<void()> thread;
constexpr unsigned mostThreads = 1024 * mostBlocks;
static float floatSlots[mostThreads];
static u_int64_t integerSlots[mostThreads];
static float tileA[mostThreads][4], tileB[mostThreads][2];
static unsigned pairsA[mostThreads][4], pairsB[mostThreads][2];
alignas(16) static char sharedRooms[mostBlocks][1 << 18];

#define threadIdx (current->place)
#define blockIdx (current->block)

/** Goes back to the scheduler until it resumes this fiber. Jumps ask the system nothing, as swapcontext does. */
static void pause() {
  if (!_setjmp(current->here)) _longjmp(scheduler, 1);
}

static void waitAt(Barrier& barrier) {
  const long round = barrier.round;
  barrier.waiting++;
  while (barrier.round == round) {
    if (barrier.waiting >= barrier.left) barrier.waiting = 0, barrier.round++;
    else pause();
  }
}
static Barrier& warp() { return warps[current->number / 32]; }

static void __syncthreads() { waitAt(blocks[current->rank]); }
static void clusterBarrier() { waitAt(cluster); }
static float ofBlock(const float* own, unsigned rank) {
  return *reinterpret_cast<const float*>(reinterpret_cast<const char*>(own) - sharedRooms[current->rank] +
                                         sharedRooms[rank]);
}
static void awaitEarlier() {}
static void admitLater() {}
static float __shfl_xor_sync(unsigned, float x, int other) {
  floatSlots[current->number] = x;
  waitAt(warp());
  const float y = floatSlots[current->number ^ other];
  waitAt(warp());
  return y;
}
template <class Integer>
static Integer __shfl_xor_sync(unsigned, Integer x, int other) {
  integerSlots[current->number] = static_cast<u_int64_t>(x);
  waitAt(warp());
  const Integer y = static_cast<Integer>(integerSlots[current->number ^ other]);
  waitAt(warp());
  return y;
}
template <class To, class From>
static To bitsOf(From x) {
  To y;
  std::memcpy(&y, &x, sizeof y);
  return y;
}
static unsigned long long atomicAdd(unsigned long long* to, unsigned long long x) { return (*to += x) - x; }
template <class A, class B>
static auto min(A a, B b) {
  return a < b ? static_cast<std::common_type_t<A, B>>(a) : b;
}
template <class A, class B>
static auto max(A a, B b) {
  return a > b ? static_cast<std::common_type_t<A, B>>(a) : b;
}
static float rsqrtf(float x) { return 1.f / std::sqrt(x); }

#define __uint_as_float bitsOf<float, unsigned>
#define __float_as_uint bitsOf<unsigned, float>
#define __expf expf
#define __logf logf
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)
#define INFINITE INFINITY
#define KERNEL static void
#define DYNAMIC_SHARED(name) float* name = reinterpret_cast<float*>(sharedRooms[current->rank])
#define DEEPRETRIEVAL_EMULATION

/** What tensor cores compute, of numbers that are cut to 10 bits of mantissa. */
static void tensorCore(float (&c)[4], const float (&a)[4], const float (&b)[2]) {
  const unsigned number = current->number, lane = number % 32, first = number - lane;
  const auto cut = [](float x) { return __uint_as_float(__float_as_uint(x) & 0xffffe000u); };
  for (int i = 0; i < 4; i++) tileA[number][i] = cut(a[i]);
  for (int i = 0; i < 2; i++) tileB[number][i] = cut(b[i]);
  waitAt(warp());
  for (int i = 0; i < 4; i++) {
    const unsigned row = lane / 4, column = 2 * (lane % 4) + i % 2;
    for (unsigned k = 0; k < 8; k++)
      c[i] += tileA[first + 4 * row + k % 4][i / 2 + 2 * (k / 4)] * tileB[first + 4 * column + k % 4][k / 4];
  }
  waitAt(warp());
}

static void tensorCore(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  const unsigned number = current->number, lane = number % 32, first = number - lane;
  const auto numberOf = [](unsigned pair, unsigned upper) {
    return __uint_as_float(upper ? pair & 0xffff0000u : pair << 16);
  };
  for (int i = 0; i < 4; i++) pairsA[number][i] = a[i];
  for (int i = 0; i < 2; i++) pairsB[number][i] = b[i];
  waitAt(warp());
  for (int i = 0; i < 4; i++) {
    const unsigned row = lane / 4, column = 2 * (lane % 4) + i % 2;
    for (unsigned k = 0; k < 16; k++)
      c[i] += numberOf(pairsA[first + 4 * row + k / 2 % 4][i / 2 + 2 * (k / 8)], k % 2) *
              numberOf(pairsB[first + 4 * column + k / 2 % 4][k / 8], k % 2);
  }
  waitAt(warp());
}
static float __fdividef(float x, float y) { return x / y; }
template <int words>
static void readOnce(unsigned (&to)[words], const void* from) {
  std::memcpy(to, from, sizeof to);
}

#include "device/prelude.cu"
#include "device/tiles.cu"
#include "activations/activations.cu"
#include "adam/adam.cu"
#include "attention/causal.cu"
#include "attention/heads.cu"
#include "attention/attention.cu"
#include "attention/tiled.cu"
#include "attention/float-tiles.cu"
#include "attention/half-tiles.cu"
#include "attention/exact.cu"
#include "attention/coarse.cu"
#include "attention/half.cu"
#include "choose-tokens/choice.cu"
#include "decoding/decoding.cu"
#include "embedding/embedding.cu"
#include "products/few-rows.cu"
#include "products/products.cu"
#include "products/streamed.cu"
#include "products/parts.cu"
#include "token-logps/labels.cu"
#include "uploads/uploads.cu"

template <class... A, size_t... i>
static void callWith(void (*kernel)(A...), void** arguments, std::index_sequence<i...>) {
  kernel(*static_cast<std::decay_t<A>*>(arguments[i])...);
}
template <class... A>
static std::function<void(void**)> calling(void (*kernel)(A...)) {
  return [kernel](void** arguments) { callWith(kernel, arguments, std::index_sequence_for<A...>()); };
}
static const std::map<std::string, std::function<void(void**)>> kernels = {
#define K(name) {#name, calling(name)},
#define ROOM(room, names) names
    CUDA_ROOMS(ROOM)
#undef ROOM
#undef K
};

#undef threadIdx
#undef blockIdx

static void live() {
  for (;;) {
    thread();
    current->ended = true;
    blocks[current->rank].left--, cluster.left--, warp().left--;
    pause();
  }
}

static void resume(Fiber& fiber) {
  current = &fiber;
  if (_setjmp(scheduler)) return;
  if (fiber.begun) _longjmp(fiber.here, 1);
  fiber.begun = true;
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = fiber.stack.get(), context.uc_stack.ss_size = Fiber::stackBytes, context.uc_link = nullptr;
  makecontext(&context, live, 0);
  setcontext(&context);
}

/** Runs blocks that see each other's memory, the first of them at `at`. */
static void runCluster(Three at, unsigned threads, unsigned size, bool backwards) {
  const unsigned all = threads * size;
  while (fibers.size() < all) fibers.push_back(std::make_unique<Fiber>());
  warps.assign((all + 31) / 32, Barrier{});
  blocks.assign(size, Barrier{0, static_cast<int>(threads), 0});
  cluster = Barrier{0, static_cast<int>(all), 0};
  for (unsigned number = 0; number < all; number++) {
    Fiber& fiber = *fibers[number];
    const unsigned i = number % threads;
    fiber.number = number, fiber.rank = number / threads, fiber.ended = false;
    fiber.place = {i % blockDim.x, i / blockDim.x, 0}, fiber.block = {at.x + fiber.rank, at.y, at.z};
    warps[number / 32].left++;
  }
  for (unsigned left = all; left > 0;) {
    left = 0;
    for (unsigned i = 0; i < all; i++) {
      Fiber& fiber = *fibers[backwards ? all - 1 - i : i];
      if (fiber.ended) continue;
      resume(fiber);
      left += !fiber.ended;
    }
  }
}

}  // namespace emulated

namespace cuda {

namespace {

float numberAt(const void* x, int64_t i, bool half) {
  if (!half) return static_cast<const float*>(x)[i];
  const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t*>(x)[i]) << 16;
  return emulated::bitsOf<float>(bits);
}

class Emulation : public Device {
 public:
  void launch(void*, const char* kernel, Grid grid, Block block, void** arguments) override {
    const std::lock_guard<std::mutex> lock(one);
    const auto found = emulated::kernels.find(kernel);
    if (found == emulated::kernels.end()) throw Failure(std::string("there is no kernel ") + kernel);
    const unsigned threads = block.x * block.y;
    if (threads > 1024 || grid.y > 65535 || grid.z > 65535 || block.shared > sharedMemory() || !grid.x ||
        block.cluster > emulated::mostBlocks || grid.x % block.cluster)
      throw Failure(std::string(kernel) + ": a card refuses such a launch");
    emulated::gridDim = {grid.x, grid.y, grid.z}, emulated::blockDim = {block.x, block.y, 1};
    emulated::thread = [&] { found->second(arguments); };
    // every other one runs its threads from last to first: a missing barrier shows as a difference
    for (unsigned z = 0; z < grid.z; z++)
      for (unsigned y = 0; y < grid.y; y++)
        for (unsigned x = 0; x < grid.x; x += block.cluster)
          emulated::runCluster({x, y, z}, threads, block.cluster, (x / block.cluster + y + z) % 2);
  }

  void multiply(void*, const MatrixProduct& p) override {
    const int64_t lda = p.lda ? p.lda : p.transposeA ? p.M : p.K, ldb = p.ldb ? p.ldb : p.transposeB ? p.K : p.N;
    for (int64_t m = 0; m < p.M; m++)
      for (int64_t n = 0; n < p.N; n++) {
        float sum = 0;
        for (int64_t k = 0; k < p.K; k++)
          sum += numberAt(p.a, p.transposeA ? k * lda + m : m * lda + k, p.half) *
                 numberAt(p.b, p.transposeB ? n * ldb + k : k * ldb + n, p.half);
        const int64_t at = m * p.N + n;
        const float y = p.alpha * sum + (p.beta == 0 ? 0 : p.beta * numberAt(p.c, at, p.intoHalf));
        if (p.intoHalf) static_cast<uint16_t*>(p.c)[at] = static_cast<uint16_t>(emulated::nearestHalf(y));
        else static_cast<float*>(p.c)[at] = y;
      }
  }

  void copyIn(void*, void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void copyOut(void*, void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void copy(void*, void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void zero(void*, void* at, size_t bytes) override { std::memset(at, 0, bytes); }
  void* allocate(size_t bytes) override { return ::operator new(bytes); }
  void release(void*, void* at) override { ::operator delete(at); }
  void recorded(void*, const std::string&, void (*body)(void*), void* given) override { body(given); }
  bool has(const std::string& kernel) override { return emulated::kernels.count(kernel) > 0; }
  bool hasClusters() override { return true; }
  int processors() override { return 2; }
  int64_t leastInParts() override { return 16; }  // small, so that tests of small shapes see products in parts
  /** DEEPRETRIEVAL_EMULATED_SHARED: that of a smaller card, for tests. */
  size_t sharedMemory() override {
    const char* bytes = std::getenv("DEEPRETRIEVAL_EMULATED_SHARED");
    return bytes ? std::strtoul(bytes, nullptr, 10) : sizeof emulated::sharedRooms[0];
  }

 private:
  std::mutex one;
};

}  // namespace

Device* emulation() {
  static Emulation device;
  return &device;
}

}  // namespace cuda

#else

namespace cuda {
Device* emulation() { return nullptr; }
}  // namespace cuda

#endif
