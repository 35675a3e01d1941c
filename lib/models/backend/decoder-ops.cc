// The kernels of decoder-kernels.h as operations of TensorFlow, on the processor. Set-up compiles them into the addon,
// so that they are registered when it is loaded; decode-step.ts makes a graph of them.

#define IS_SLIM_BUILD  // leaves out of kernels.h what set-up does not unpack
#include "decoder-kernels.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "worker-threads.h"

namespace {

using decoder::WorkerThreads;

/** Numbers below which waking a thread takes longer than the work. */
constexpr int64_t fewNumbers = 1 << 15;

void share(int64_t count, int64_t numbers, const std::function<void(int64_t, int64_t)>& work) {
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
  Output(TF_OpKernelContext* context, int i, int64_t rows, int64_t columns) {
    Status s;
    const int64_t shape[] = {rows, columns};
    tensor = TF_AllocateOutput(context, i, TF_FLOAT, shape, 2, rows * columns * sizeof(float), s.status);
  }
  ~Output() { TF_DeleteTensor(tensor); }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor)); }
};

void fail(TF_OpKernelContext* context, const char* message) {
  Status s;
  TF_SetStatus(s.status, TF_INVALID_ARGUMENT, message);
  TF_OpKernelContext_Failure(context, s.status);
}

struct Attributes {
  float epsilon = 0;
  int64_t heads = 0;
};

void* create(TF_OpKernelConstruction* construction) {
  Status s;
  auto* attributes = new Attributes;
  if (TF_OpKernelConstruction_HasAttr(construction, "epsilon", s.status)) TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &attributes->epsilon, s.status);
  if (TF_OpKernelConstruction_HasAttr(construction, "heads", s.status)) TF_OpKernelConstruction_GetAttrInt64(construction, "heads", &attributes->heads, s.status);
  if (TF_GetCode(s.status) != TF_OK) TF_OpKernelConstruction_Failure(construction, s.status);
  return attributes;
}

void destroy(void* attributes) { delete static_cast<Attributes*>(attributes); }

/** x [N, C], weight [C] -> y; or x, delta, weight -> x + delta and its norm. */
void norm(void* attributes, TF_OpKernelContext* context) {
  const bool adds = TF_NumInputs(context) == 3;
  const Input x(context, 0), delta(context, adds ? 1 : 0), weight(context, adds ? 2 : 1);
  if (x.rank() != 2 || !weight.is({x.dim(1)}) || !delta.is({x.dim(0), x.dim(1)})) return fail(context, "DecoderNorm: shapes do not fit together");
  const int64_t N = x.dim(0), C = x.dim(1);
  const float epsilon = static_cast<Attributes*>(attributes)->epsilon;
  const Output first(context, 0, N, C);
  if (!adds) return share(N, x.size(), [&](int64_t from, int64_t to) { decoder::normalise(x.data(), nullptr, weight.data(), nullptr, first.data(), from, to, C, epsilon); });
  const Output second(context, 1, N, C);
  share(N, x.size(), [&](int64_t from, int64_t to) { decoder::normalise(x.data(), delta.data(), weight.data(), first.data(), second.data(), from, to, C, epsilon); });
}

/** x [N, 2F] -> y [N, F]. */
void gate(void*, TF_OpKernelContext* context) {
  const Input x(context, 0);
  if (x.rank() != 2 || x.dim(1) % 2) return fail(context, "DecoderGate: x is not [N, 2F]");
  const int64_t N = x.dim(0), F = x.dim(1) / 2;
  const Output y(context, 0, N, F);
  share(N, x.size(), [&](int64_t from, int64_t to) { decoder::gate(x.data(), y.data(), from, to, F); });
}

/** Writes the new keys and values into the caches it is given, in place. */
void attention(void* attributes, TF_OpKernelContext* context) {
  const Input qkv(context, 0), keys(context, 1), values(context, 2), padding(context, 3), position(context, 4), cosines(context, 5), sines(context, 6), qNorm(context, 7), kNorm(context, 8);
  if (keys.rank() != 4 || position.size() != 1 || qkv.rank() != 2 || cosines.rank() != 2) return fail(context, "DecoderAttention: an input has not the rank it should have");
  decoder::Attention a;
  a.B = keys.dim(0), a.H = static_cast<Attributes*>(attributes)->heads, a.K = keys.dim(1), a.capacity = keys.dim(2), a.D = keys.dim(3), a.position = position.integers()[0];
  a.epsilon = static_cast<Attributes*>(attributes)->epsilon;
  a.qkv = qkv.data(), a.cosines = cosines.data(), a.sines = sines.data(), a.padding = padding.integers(), a.keys = keys.data(), a.values = values.data();
  a.qNorm = qNorm.size() ? qNorm.data() : nullptr, a.kNorm = kNorm.size() ? kNorm.data() : nullptr;
  const auto fitsNorm = [&](const Input& input) { return input.is({0}) || input.is({a.D}); };
  if (!values.is({a.B, a.K, a.capacity, a.D}) || !qkv.is({a.B, (a.H + 2 * a.K) * a.D}) || !padding.is({a.B}) || a.D % 2 || a.H % a.K || cosines.dim(1) != a.D || !sines.is({cosines.dim(0), a.D}) || !fitsNorm(qNorm) || !fitsNorm(kNorm))
    return fail(context, "DecoderAttention: shapes do not fit together");
  if (a.position < 0 || a.position >= a.capacity) return fail(context, "DecoderAttention: the caches have no room for the new token");
  for (int64_t b = 0; b < a.B; b++)
    if (a.padding[b] < 0 || a.padding[b] > a.position || a.position - a.padding[b] >= cosines.dim(0)) return fail(context, "DecoderAttention: a row's padding leaves it no position in the tables");
  const Output y(context, 0, a.B, a.H * a.D);
  a.y = y.data();
  share(a.B * a.K, a.B * a.K * (a.position + 1) * a.D, [&](int64_t from, int64_t to) { decoder::attention(a, from, to); });
}

void anyShape(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

struct Definition {
  const char* name;
  std::initializer_list<const char*> inputs, outputs, attributes;
  void (*compute)(void*, TF_OpKernelContext*);
  bool stateful;  // writes into what it is given
};

const bool registered = [] {
  for (const Definition& definition : std::initializer_list<Definition>{
           {"DecoderNorm", {"x: float", "weight: float"}, {"y: float"}, {"epsilon: float"}, norm, false},
           {"DecoderAddNorm", {"x: float", "delta: float", "weight: float"}, {"total: float", "y: float"}, {"epsilon: float"}, norm, false},
           {"DecoderGate", {"x: float"}, {"y: float"}, {}, gate, false},
           {"DecoderAttention", {"qkv: float", "keys: float", "values: float", "padding: int32", "position: int32", "cosines: float", "sines: float", "q_norm: float", "k_norm: float"}, {"y: float"}, {"heads: int", "epsilon: float"}, attention, true},
       }) {
    TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(definition.name);
    for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
    for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(op, output);
    for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
    TF_OpDefinitionBuilderSetIsStateful(op, definition.stateful);
    TF_OpDefinitionBuilderSetShapeInferenceFunction(op, anyShape);
    Status s;
    TF_RegisterOpDefinition(op, s.status);
    TF_RegisterKernelBuilder(definition.name, TF_NewKernelBuilder(definition.name, "CPU", create, definition.compute, destroy), s.status);
  }
  return true;
}();

}  // namespace
