// What runs CUDA kernels: the card (card.cc), or its emulation on the processor (emulation.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace cuda {

/** Ends an operation with this message. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/** A pointer argument of a kernel that is not given. */
constexpr const float* none = nullptr;

struct Grid {
  unsigned x = 1, y = 1, z = 1;
};

/**
 * Threads of a block, and bytes of shared memory that its kernel asks for when it is launched. Blocks of a cluster,
 * which follow each other along x, read each other's. A kernel that is `early` begins while those before it still run:
 * it waits for them itself before it reads what they write.
 */
struct Block {
  unsigned x = 256, y = 1;
  size_t shared = 0;
  unsigned cluster = 1;
  bool early = false;
};

/** Row-major C [M, N] = alpha·A·B + beta·C, summed over K, of A [M, K] and B [K, N] that may lie transposed. */
struct MatrixProduct {
  bool transposeA, transposeB;
  int64_t M, N, K;
  float alpha;
  const void *a, *b;
  float beta;
  void* c;
  bool half = false;         // a and b are bfloat16; else they are float32
  int64_t lda = 0, ldb = 0;  // numbers from one row to the next as they lie; 0: rows follow each other
  bool intoHalf = false;     // c is bfloat16 too
};

/** How products of float32 are computed. TensorFlow's own default on a card is tf32. */
enum class Precision { f32, tf32, bf16 };

/** DEEPRETRIEVAL_PRECISION: f32 unless it says otherwise. */
Precision precisionInUse();

/** All functions throw Failure. A stream is CUDA's, or null in the emulation. */
class Device {
 public:
  virtual ~Device() = default;
  virtual void launch(void* stream, const char* kernel, Grid grid, Block block, void** arguments) = 0;
  virtual void multiply(void* stream, const MatrixProduct& p) = 0;
  virtual void copyIn(void* stream, void* to, const void* from, size_t bytes) = 0;
  virtual void copyOut(void* stream, void* to, const void* from, size_t bytes) = 0;  // returns when it has arrived
  virtual void copy(void* stream, void* to, const void* from, size_t bytes) = 0;
  virtual void zero(void* stream, void* at, size_t bytes) = 0;
  /** Memory of the process. It is freed with `release`. */
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* stream, void* at) = 0;
  /** Records what `body` launches as a graph, or replays the graph that was recorded under this key. */
  virtual void recorded(void* stream, const std::string& key, void (*body)(void*), void* given) = 0;
  /** Whether there is such a kernel: a card may lack what it needs. */
  virtual bool has(const std::string& kernel) = 0;
  /** Whether it runs clusters of up to 8 blocks, and `early` kernels. */
  virtual bool hasClusters() = 0;
  /** Multiprocessors. */
  virtual int processors() = 0;
  /** The least size of a matrix from which a product of float32 is the faster one in parts (products/in-parts.h). */
  virtual int64_t leastInParts() = 0;
  /** Bytes of shared memory that a block may ask for. */
  virtual size_t sharedMemory() = 0;
};

}  // namespace cuda
