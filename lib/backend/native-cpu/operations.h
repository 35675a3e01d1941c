// What all operations of this folder share: inputs, outputs, attributes, errors, and registration with TensorFlow.
#pragma once

#include <string>
#include <utility>
#include <vector>

#define IS_SLIM_BUILD  // without it TensorFlow's kernels.h includes headers that set-up does not unpack
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "vectors/worker-threads.h"

namespace operations {

/** A count of numbers below which one thread does the work: waking a second one would take longer. */
constexpr int64_t fewNumbers = 1 << 15;

inline void share(int64_t count, int64_t numbers, const std::function<void(int64_t, int64_t)>& work) {
  if (numbers < fewNumbers) work(0, count);
  else WorkerThreads::shared().share(count, work);
}

struct Status {
  TF_Status* status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }
};

struct Input {
  TF_Tensor* tensor = nullptr;
  Input(TF_OpKernelContext* context, int i) {
    Status s;
    TF_GetInput(context, i, &tensor, s.status);
  }
  ~Input() { TF_DeleteTensor(tensor); }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor)); }
  const int32_t* integers() const { return static_cast<const int32_t*>(TF_TensorData(tensor)); }
  bool is(std::initializer_list<int64_t> shape) const {
    if (TF_NumDims(tensor) != static_cast<int>(shape.size())) return false;
    int i = 0;
    for (int64_t size : shape)
      if (TF_Dim(tensor, i++) != size) return false;
    return true;
  }
  int rank() const { return TF_NumDims(tensor); }
  int64_t dim(int i) const { return TF_Dim(tensor, i); }
  int64_t size() const { return TF_TensorElementCount(tensor); }
};

struct Output {
  TF_Tensor* tensor;
  Output(TF_OpKernelContext* context, int i, std::initializer_list<int64_t> shape,
         TF_DataType type = TF_FLOAT) {  // a type of four bytes
    Status s;
    int64_t numbers = 1;
    for (int64_t size : shape) numbers *= size;
    tensor = TF_AllocateOutput(context, i, type, shape.begin(), static_cast<int>(shape.size()), numbers * sizeof(float),
                               s.status);
  }
  /** An output with the shape of an input. */
  Output(TF_OpKernelContext* context, int i, const Input& like) {
    Status s;
    std::vector<int64_t> shape(like.rank());
    for (int d = 0; d < like.rank(); d++) shape[d] = like.dim(d);
    tensor = TF_AllocateOutput(context, i, TF_FLOAT, shape.data(), like.rank(), like.size() * sizeof(float), s.status);
  }
  ~Output() { TF_DeleteTensor(tensor); }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor)); }
  int32_t* integers() const { return static_cast<int32_t*>(TF_TensorData(tensor)); }
};

/** Ends the operation with an error: the message, and the shapes of the first inputs. */
inline void fail(TF_OpKernelContext* context, const char* message) {
  constexpr int most = 9;  // inputs that are named: a program has hundreds
  std::string text = std::string(message) + ". The inputs are";
  for (int i = 0; i < TF_NumInputs(context) && i < most; i++) {
    const Input input(context, i);
    text += i ? ", [" : " [";
    for (int d = 0; d < input.rank(); d++) text += (d ? ", " : "") + std::to_string(input.dim(d));
    text += "]";
  }
  Status s;
  TF_SetStatus(s.status, TF_INVALID_ARGUMENT, text.c_str());
  TF_OpKernelContext_Failure(context, s.status);
}

/** The attributes of all operations. An operation reads those that its definition names; the others stay at zero. */
struct Attributes {
  float epsilon = 0, scale = 0, temperature = 1;
  int64_t heads = 0, first = 0, numbers = 0, integers = 0, transposeA = 0, transposeB = 0;
  int64_t halves = 0, layers = 0, rows = 0, most = 0, gradients = 0, saves = 0, frozen = 0, checkpoint = 0;
};

inline void* create(TF_OpKernelConstruction* construction) {
  Status s;
  auto* attributes = new Attributes;
  const auto has = [&](const char* name) { return TF_OpKernelConstruction_HasAttr(construction, name, s.status); };
  for (auto [name, value] : {std::pair{"epsilon", &attributes->epsilon},
                             {"scale", &attributes->scale},
                             {"temperature", &attributes->temperature}})
    if (has(name)) TF_OpKernelConstruction_GetAttrFloat(construction, name, value, s.status);
  for (auto [name, value] : {std::pair{"heads", &attributes->heads},
                             {"first", &attributes->first},
                             {"numbers", &attributes->numbers},
                             {"integers", &attributes->integers},
                             {"halves", &attributes->halves},
                             {"layers", &attributes->layers},
                             {"rows", &attributes->rows},
                             {"most", &attributes->most},
                             {"gradients", &attributes->gradients},
                             {"saves", &attributes->saves},
                             {"frozen", &attributes->frozen},
                             {"checkpoint", &attributes->checkpoint},
                             {"transpose_a", &attributes->transposeA},
                             {"transpose_b", &attributes->transposeB}})
    if (has(name)) TF_OpKernelConstruction_GetAttrInt64(construction, name, value, s.status);
  if (TF_GetCode(s.status) != TF_OK) TF_OpKernelConstruction_Failure(construction, s.status);
  return attributes;
}

inline void destroy(void* attributes) { delete static_cast<Attributes*>(attributes); }

inline void anyShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

struct Definition {
  const char* name;
  std::initializer_list<const char*> inputs, outputs, attributes;
  void (*compute)(void*, TF_OpKernelContext*);
  bool stateful;  // whether it writes into its inputs
};

/** Registers operations for the processor. Returns true, so that a constant can call it when the addon is loaded. */
inline bool registerOperations(std::initializer_list<Definition> definitions) {
  for (const Definition& definition : definitions) {
    TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(definition.name);
    for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
    for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(op, output);
    for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
    TF_OpDefinitionBuilderSetIsStateful(op, definition.stateful);
    TF_OpDefinitionBuilderSetShapeInferenceFunction(op, anyShape);
    Status s;
    TF_RegisterOpDefinition(op, s.status);
    TF_RegisterKernelBuilder(
        definition.name, TF_NewKernelBuilder(definition.name, "CPU", create, definition.compute, destroy), s.status);
  }
  return true;
}

}  // namespace operations
