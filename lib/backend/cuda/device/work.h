// One call of an operation: its inputs and outputs, memory that lives as long as it, and launches on its stream.
#pragma once

#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "operations.h"
#include "device/device.h"

namespace cuda {

using operations::Attributes;
using operations::Input;
using operations::Status;

/** A matrix of an operation's inputs. Its numbers may be bfloat16: the tensor is then int32, of half as many columns.
 */
struct Matrix {
  const void* data = nullptr;
  bool half = false;
  int64_t rows = 0, columns = 0;
};

/** Numbers on the card, float32 or bfloat16. */
struct Numbers {
  void* at = nullptr;
  bool half = false;
  Numbers() = default;
  Numbers(float* at) : at(at) {}
  Numbers(const float* at) : at(const_cast<float*>(at)) {}
  Numbers(void* at, bool half) : at(at), half(half) {}
  float* floats() const { return static_cast<float*>(at); }
};

struct FewRows {  // of few-rows.cu
  const float* x;
  const void* w;
  float* y;
  const float *norm, *bias;
  int rows, K;
  int64_t N;
  float scale, epsilon;
  int adds, gated;
};

class Work {
 public:
  Work(TF_OpKernelContext* context, const Attributes& attributes, Device& device, void* stream)
      : attributes(attributes), device(device), context(context), stream(stream) {
    for (int i = 0; i < TF_NumInputs(context); i++) inputs.push_back(std::make_unique<Input>(context, i));
  }
  ~Work() {
    for (TF_Tensor* tensor : tensors) TF_DeleteTensor(tensor);
  }

  const Attributes& attributes;
  Device& device;

  const Input& input(int i) const { return *inputs[i]; }
  int inputCount() const { return static_cast<int>(inputs.size()); }

  /** An output of numbers on the card; or on the host, where its operation is registered so. */
  float* output(int i, const std::vector<int64_t>& shape, TF_DataType type = TF_FLOAT);
  /** Numbers on the card until the operation ends. */
  float* temporary(int64_t numbers);
  Numbers temporary(int64_t numbers, bool half) { return {temporary(half ? (numbers + 1) / 2 : numbers), half}; }
  /** Room for bfloat16 numbers of one side of a product, which the next product writes over. */
  float* partsRoom(int side, int64_t numbers);
  /** A list of the host on the card. */
  const int* onCard(const int32_t* numbers, int64_t count) {
    return static_cast<const int*>(onCard(numbers, count * sizeof(int32_t), 0));
  }
  const void* onCard(const void* numbers, size_t bytes, int);

  template <class... A>
  void launch(const char* kernel, Grid grid, Block block, A... arguments) {
    if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
    void* pointers[] = {static_cast<void*>(&arguments)...};
    device.launch(stream, kernel, grid, block, pointers);
  }

  /** y [rows, N] = (adds ? y : 0) + scale·x·W, or x·Wᵀ, of x [rows, K]. `room` holds float32 of a bfloat16 matrix. */
  void product(const float* x, int64_t rows, const Matrix& w, bool transposed, float* y, float scale = 1,
               bool adds = false, float* room = nullptr);
  /**
   * y = (adds ? y : 0) + scale·f(x)·W + bias of no more rows than `mostFewRows`, in one launch; or scale·x·Wᵀ, without
   * norm, gate and bias. Where `early`, nothing since the last kernel of another kind may have written W.
   */
  void fewRowProduct(const FewRows& p, bool half, bool transposed = false, bool early = false);
  /** The same where x and W are bfloat16, of as many rows as it may be. */
  void halfProduct(const void* x, int64_t rows, const Matrix& w, bool transposed, Numbers y, float scale = 1,
                   bool adds = false);
  /** Writes so many numbers, of which there are an even number, as bfloat16. */
  void narrow(const float* x, void* y, int64_t numbers);
  /**
   * y [M, N] = xᵀ·dy of x [rows, M] and dy [rows, N], both float32 or both bfloat16. A width says how many numbers lie
   * between two rows where these are more than M, or N.
   */
  void outerProduct(Numbers x, int64_t M, Numbers dy, int64_t N, int64_t rows, float* y, int64_t widthOfX = 0,
                    int64_t widthOfDy = 0);
  /** y [N, C] = the RMS norm of x, times its weight. Where y is bfloat16, C is a multiple of 4. */
  void norm(const float* x, const float* weight, Numbers y, int64_t N, int64_t C, float epsilon);
  /** dx = the gradient of `norm`, plus `added` unless it is null; inverse [N] is what the rows were multiplied by. */
  void normGradient(const float* x, const float* weight, const float* dy, const float* added, float* dx, float* inverse,
                    int64_t N, int64_t C, float epsilon);
  /** Σ over rows of dy [rows, C], or of dy·x·inverse. */
  void columnSums(const float* dy, const float* x, const float* inverse, float* y, int64_t rows, int64_t C);

  void zero(void* at, size_t bytes) {
    if (bytes) device.zero(stream, at, bytes);
  }
  void copy(void* to, const void* from, size_t bytes) {
    if (bytes) device.copy(stream, to, from, bytes);
  }
  void copyOut(void* to, const void* from, size_t bytes) {
    if (bytes) device.copyOut(stream, to, from, bytes);
  }
  /** Replays what `body` launches. It may use no temporary memory: the graph keeps addresses. */
  void recorded(const std::string& key, void (*body)(void*), void* given) {
    isRecording = true;
    device.recorded(stream, key, body, given);
    isRecording = false;
  }
  void* ownStream() const { return stream; }
  TF_OpKernelContext* ownContext() const { return context; }

 private:
  void multiply(const MatrixProduct& p);

  TF_OpKernelContext* context;
  void* stream;
  std::vector<std::unique_ptr<Input>> inputs;
  std::vector<TF_Tensor*> tensors;
  bool isRecording = false;
  struct {
    float* at = nullptr;
    int64_t numbers = 0;
  } rooms[2];
};

/** Whether 16 bytes may be read from there at once. */
inline bool isWhole(const void* at) { return reinterpret_cast<uintptr_t>(at) % 16 == 0; }

/** Blocks of 256 threads for so many numbers. */
inline unsigned blocksOf(int64_t numbers, int64_t each = 256) {
  return static_cast<unsigned>((numbers + each - 1) / each);
}

/** Threads for a row of C numbers. */
inline unsigned rowThreads(int64_t C) { return C <= 256 ? 64 : C <= 1024 ? 256 : 512; }

/** Threads for a gate of F numbers, of which a thread takes four at a time. */
inline unsigned gateThreads(int64_t F) {
  const int64_t threads = (F % 4 ? F : F / 4) + 31;
  return static_cast<unsigned>(threads > 512 ? 512 : threads / 32 * 32);
}

/** The most rows that products of our own compute: of more, cuBLAS is the faster, with bfloat16 of few already. */
int64_t mostFewRows(bool half);

/** An operation that runs on a card, or in the emulation. */
struct Operation {
  const char* name;
  std::initializer_list<const char*> inputs, outputs, attributes;
  void (*onCard)(void*, TF_OpKernelContext*);
  void (*onProcessor)(void*, TF_OpKernelContext*);
  std::initializer_list<const char*> onHost;  // inputs and outputs that lie in the host's memory
  bool isDefined = false;                     // by native-cpu already
  bool stateful = false;                      // whether it writes into its inputs
};

void runOnCard(void (*body)(Work&), void* attributes, TF_OpKernelContext* context);
void runOnProcessor(void (*body)(Work&), void* attributes, TF_OpKernelContext* context);

template <void (*body)(Work&)>
void onCard(void* attributes, TF_OpKernelContext* context) {
  runOnCard(body, attributes, context);
}
template <void (*body)(Work&)>
void onProcessor(void* attributes, TF_OpKernelContext* context) {
  runOnProcessor(body, attributes, context);
}
#define BY(body) onCard<body>, onProcessor<body>

/** Registers operations for GPUs, and for the processor under the label of the emulation. */
bool registerOperations(std::initializer_list<Operation> all);

inline void require(bool holds, const char* message) {
  if (!holds) throw Failure(message);
}

}  // namespace cuda
