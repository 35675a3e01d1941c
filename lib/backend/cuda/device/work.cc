#include "device/work.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "device/context.h"
#include "products/in-parts.h"

namespace cuda {

Device* emulation();

#ifdef DEEPRETRIEVAL_CUDA
Device* card();
#endif

Precision precisionInUse() {
  static const Precision atStart = [] {  // a later change would compute other than reports say
    const char* name = std::getenv("DEEPRETRIEVAL_PRECISION");
    if (!name) return Precision::f32;
    return !std::strcmp(name, "tf32") ? Precision::tf32 : !std::strcmp(name, "bf16") ? Precision::bf16 : Precision::f32;
  }();
  return atStart;
}

namespace {

void checkMemory(const Status& s, int64_t numbers) {
  if (TF_GetCode(s.status) == TF_OK) return;
  throw Failure("the card has no room for " + std::to_string(numbers * 4 / 1000000) +
                " MB more. Lower the batch, train with { checkpoint: true }, or use a smaller model");
}

int64_t productOf(const std::vector<int64_t>& shape) {
  int64_t numbers = 1;
  for (int64_t size : shape) numbers *= size;
  return numbers;
}

void run(void (*body)(Work&), void* attributes, TF_OpKernelContext* context, Device& device, void* stream) {
  try {
    Work work(context, *static_cast<Attributes*>(attributes), device, stream);
    body(work);
  } catch (const std::exception& failure) {
    operations::fail(context, failure.what());
  }
}

}  // namespace

void runOnCard(void (*body)(Work&), void* attributes, TF_OpKernelContext* context) {
#ifdef DEEPRETRIEVAL_CUDA
  try {
    run(body, attributes, context, *card(), streamOf(context));
  } catch (const std::exception& failure) {  // of the card's start
    operations::fail(context, failure.what());
  }
#endif
}

void runOnProcessor(void (*body)(Work&), void* attributes, TF_OpKernelContext* context) {
  run(body, attributes, context, *emulation(), nullptr);
}

float* Work::output(int i, const std::vector<int64_t>& shape, TF_DataType type) {
  Status s;
  const int64_t numbers = productOf(shape);
  TF_Tensor* tensor = TF_AllocateOutput(context, i, type, shape.data(), static_cast<int>(shape.size()),
                                        numbers * sizeof(float), s.status);
  checkMemory(s, numbers);
  tensors.push_back(tensor);
  return static_cast<float*>(TF_TensorData(tensor));
}

float* Work::temporary(int64_t numbers) {
  Status s;
  TF_AllocatorAttributes attributes = {TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 0};
  TF_Tensor* tensor = TF_AllocateTemp(context, TF_FLOAT, &numbers, 1, &attributes, s.status);
  checkMemory(s, numbers);
  tensors.push_back(tensor);
  return static_cast<float*>(TF_TensorData(tensor));
}

const void* Work::onCard(const void* numbers, size_t bytes, int) {
  float* room = temporary((bytes + 3) / 4);
  if (bytes) device.copyIn(stream, room, numbers, bytes);
  return room;
}

int64_t mostFewRows(bool half) { return half && precisionInUse() == Precision::bf16 ? 4 : 32; }

void Work::product(const float* x, int64_t rows, const Matrix& w, bool transposed, float* y, float scale, bool adds,
                   float* room) {
  const int64_t K = transposed ? w.columns : w.rows, N = transposed ? w.rows : w.columns;
  if (rows == 0 || N == 0) return;
  if (rows <= mostFewRows(w.half))
    return fewRowProduct(
        {x, w.data, y, nullptr, nullptr, static_cast<int>(rows), static_cast<int>(K), N, scale, 0, adds, false}, w.half,
        transposed);
  const int64_t numbers = w.rows * w.columns;
  MatrixProduct p{false, transposed, rows, N, K, scale, x, w.data, adds ? 1.f : 0.f, y};
  if (w.half && precisionInUse() == Precision::bf16 && K % 2 == 0) {
    float* narrowed = room ? room : temporary(rows * K / 2);
    narrow(x, narrowed, rows * K);
    p.a = narrowed, p.half = true;
  } else if (w.half && !isRecording && paysInParts(*this, p)) {
    return multiplyWithHalves(*this, p);
  } else if (w.half) {
    float* wide = room ? room : temporary(numbers);
    launch("widen", {blocksOf(numbers / 2)}, {}, w.data, wide, numbers / 2);
    p.b = wide;
  }
  multiply(p);
}

void Work::halfProduct(const void* x, int64_t rows, const Matrix& w, bool transposed, Numbers y, float scale,
                       bool adds) {
  const int64_t K = transposed ? w.columns : w.rows, N = transposed ? w.rows : w.columns;
  device.multiply(stream,
                  {false, transposed, rows, N, K, scale, x, w.data, adds ? 1.f : 0.f, y.at, true, 0, 0, y.half});
}

void Work::narrow(const float* x, void* y, int64_t numbers) {
  if (numbers % 4 == 0 && isWhole(x) && isWhole(y))
    return launch("narrowFours", {blocksOf(numbers / 4)}, {}, x, y, numbers / 4);
  launch("narrow", {blocksOf(numbers / 2)}, {}, x, y, numbers / 2);
}

void Work::multiply(const MatrixProduct& p) {
  if (!p.half && !isRecording && paysInParts(*this, p)) return multiplyInParts(*this, p);
  device.multiply(stream, p);
}

float* Work::partsRoom(int side, int64_t numbers) {
  auto& room = rooms[side];
  if (numbers > room.numbers) room.at = temporary((numbers + 1) / 2), room.numbers = numbers;
  return room.at;
}

void Work::outerProduct(Numbers x, int64_t M, Numbers dy, int64_t N, int64_t rows, float* y, int64_t widthOfX,
                        int64_t widthOfDy) {
  if (M == 0 || N == 0) return;
  multiply({true, false, M, N, rows, 1, x.at, dy.at, 0, y, x.half, widthOfX, widthOfDy});
}

namespace {

constexpr int64_t manyRows = 256;  // from which a warp computes a row, not a block

bool byWarps(int64_t N, int64_t C) { return N >= manyRows && C % 4 == 0; }

}  // namespace

void Work::norm(const float* x, const float* weight, Numbers y, int64_t N, int64_t C, float epsilon) {
  if (y.half || byWarps(N, C))
    return launch(y.half ? "rmsNormRowsHalf" : "rmsNormRows", {blocksOf(N, 8)}, {256}, x, weight, y.at,
                  static_cast<int>(C), static_cast<int>(N), epsilon);
  launch("rmsNorm", {static_cast<unsigned>(N)}, {rowThreads(C)}, x, none, weight, none, y.floats(), static_cast<int>(C),
         epsilon);
}

void Work::normGradient(const float* x, const float* weight, const float* dy, const float* added, float* dx,
                        float* inverse, int64_t N, int64_t C, float epsilon) {
  if (byWarps(N, C))
    return launch("rmsNormGradRows", {blocksOf(N, 8)}, {256}, x, weight, dy, added, dx, inverse, static_cast<int>(C),
                  static_cast<int>(N), epsilon);
  launch("rmsNormGrad", {static_cast<unsigned>(N)}, {rowThreads(C)}, x, weight, dy, added, dx, inverse,
         static_cast<int>(C), epsilon);
}

void Work::columnSums(const float* dy, const float* x, const float* inverse, float* y, int64_t rows, int64_t C) {
  const int parts = rows > 4096 ? 64 : rows > 256 ? 32 : 8;
  float* part = temporary(parts * C);
  launch("columnParts", {blocksOf(C, 32), static_cast<unsigned>(parts)}, {32, 8}, dy, x, inverse, part,
         static_cast<int>(rows), static_cast<int>(C));
  launch("columnTotal", {blocksOf(C, 128)}, {128}, static_cast<const float*>(part), parts, static_cast<int>(C), y);
}

bool registerOperations(std::initializer_list<Operation> all) {
  for (const Operation& each : all) {
    Status s;
    if (!each.isDefined) {
      TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(each.name);
      for (const char* input : each.inputs) TF_OpDefinitionBuilderAddInput(op, input);
      for (const char* output : each.outputs) TF_OpDefinitionBuilderAddOutput(op, output);
      for (const char* attribute : each.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
      TF_OpDefinitionBuilderSetIsStateful(op, each.stateful);
      TF_OpDefinitionBuilderSetShapeInferenceFunction(op, operations::anyShape);
      TF_RegisterOpDefinition(op, s.status);
    }
    if (emulation()) {
      TF_KernelBuilder* builder =
          TF_NewKernelBuilder(each.name, "CPU", operations::create, each.onProcessor, operations::destroy);
      TF_KernelBuilder_Label(builder, "emulation");
      TF_RegisterKernelBuilder(each.name, builder, s.status);
    }
#ifdef DEEPRETRIEVAL_CUDA
    TF_KernelBuilder* builder =
        TF_NewKernelBuilder(each.name, "GPU", operations::create, each.onCard, operations::destroy);
    for (const char* name : each.onHost) TF_KernelBuilder_HostMemory(builder, name);
    TF_RegisterKernelBuilder(each.name, builder, s.status);
#endif
  }
  return true;
}

}  // namespace cuda
