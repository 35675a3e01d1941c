// A decoder as one operation of TensorFlow on the processor: an interpreter of a list of steps (DecoderProgram in
// decode-step.ts), each of which is one kernel. If every step were an operation, a tenth of the time would go into
// calls, and TensorFlow's own threads would compete with ours in between.

#include <cstring>
#include <memory>
#include <vector>

#include "kernels.h"
#include "operations.h"

namespace {

using namespace operations;

/** An operand of a step: an input of the operation, or a register, which is a matrix that steps write. */
struct Operand {
  float* data = nullptr;
  int64_t rows = 0, columns = 0;  // of a register: the size that was written last
  int64_t height = 0, width = 0;  // of a register: its capacity; 0 for an input
  TF_Tensor* tensor = nullptr;    // of an input
  const int32_t* integers() const { return reinterpret_cast<const int32_t*>(data); }
  bool isHalf() const { return tensor && TF_TensorType(tensor) == TF_INT32; }  // a matrix of bfloat16 pairs
  int64_t size() const { return rows * columns; }
  int rank() const { return tensor ? TF_NumDims(tensor) : 2; }
  bool isList(int64_t n) const { return rank() == 1 && size() == n; }
};

/** Memory that is freed when the operation ends. */
struct Scratch {
  TF_Tensor* tensor;
  Scratch(TF_OpKernelContext* context, int64_t numbers) {
    Status s;
    TF_AllocatorAttributes host = {TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 1};
    tensor = TF_AllocateTemp(context, TF_FLOAT, &numbers, 1, &host, s.status);
    if (TF_GetCode(s.status) != TF_OK) tensor = nullptr;
  }
  ~Scratch() {
    if (tensor) TF_DeleteTensor(tensor);
  }
  float* data() const { return tensor ? static_cast<float*>(TF_TensorData(tensor)) : nullptr; }
};

/** Sets the size of a register. Returns false for an input, or where the size is above the capacity. */
bool shape(Operand& y, int64_t rows, int64_t columns) {
  y.rows = rows, y.columns = columns;
  return columns <= y.width && rows <= y.height;
}

// A step returns the text of an error, or null.

const char* const misfit = "DecoderProgram: shapes do not fit together";

/** y = the rows of a table at ids. */
const char* gather(const Attributes&, Operand* o[]) {
  Operand &y = *o[0], &table = *o[1], &ids = *o[2];
  const int64_t C = table.columns * (table.isHalf() ? 2 : 1);
  if (table.rank() != 2 || ids.rank() != 1 || &y == &table || !shape(y, ids.size(), C)) return misfit;
  for (int64_t n = 0; n < y.rows; n++) {
    const int64_t id = ids.integers()[n];
    if (id < 0 || id >= table.rows) return "DecoderProgram: an id is past the table's end";
    if (!table.isHalf()) std::memcpy(y.data + n * C, table.data + id * C, C * sizeof(float));
    else kernels::widen(reinterpret_cast<const uint16_t*>(table.data) + id * C, y.data + n * C, C);
  }
  return nullptr;
}

/** y = RMS norm of x with a weight. If there is a `delta`, x += delta first. */
const char* norm(const Attributes& m, Operand* o[]) {
  Operand &y = *o[0], &x = *o[1], &weight = *o[2], &delta = *o[3];
  const bool adds = delta.data;
  if (!weight.isList(x.columns) || x.width == 0 || (adds && (delta.rows != x.rows || delta.columns != x.columns)) ||
      !shape(y, x.rows, x.columns))
    return misfit;
  share(x.rows, x.size(), [&](int64_t from, int64_t to) {
    kernels::normalise(x.data, adds ? delta.data : nullptr, weight.data, x.data, y.data, from, to, x.columns,
                       m.epsilon);
  });
  return nullptr;
}

/** y = x·W, or x·Wᵀ. `packed` is the form that DecoderPack makes of the weights, or none. */
const char* multiply(Operand* o[], bool transposed) {
  Operand &y = *o[0], &x = *o[1], &weights = *o[2], &packed = *o[3];
  const int64_t columns = weights.columns * (weights.isHalf() ? 2 : 1), N = transposed ? weights.rows : columns;
  if (weights.rank() != 2 || x.columns != (transposed ? columns : weights.rows) || x.columns == 0 || &y == &x ||
      !shape(y, x.rows, N))
    return misfit;
  kernels::Product p{x.rows, x.columns, N, x.data, weights.data, transposed, weights.isHalf(), y.data};
  if (packed.size()) {
    if (packed.rank() != 2 || packed.rows != N || packed.columns != x.columns || weights.isHalf()) return misfit;
    p.packed = packed.data;
  }
  share(kernels::Pieces(p.M, p.N, kernels::productPiece).count(), p.M * p.K * p.N,
        [&](int64_t from, int64_t to) { kernels::product(p, from, to); });
  return nullptr;
}
const char* product(const Attributes&, Operand* o[]) { return multiply(o, false); }
const char* transposedProduct(const Attributes&, Operand* o[]) { return multiply(o, true); }

/** y += bias, to every row. */
const char* addBias(const Attributes&, Operand* o[]) {
  Operand &y = *o[0], &bias = *o[1];
  if (y.width == 0 || !bias.isList(y.columns)) return misfit;
  for (int64_t n = 0; n < y.rows; n++)
    for (int64_t c = 0; c < y.columns; c++) y.data[n * y.columns + c] += bias.data[c];
  return nullptr;
}

/** y += scale·x. */
const char* addScaled(const Attributes& m, Operand* o[]) {
  Operand &y = *o[0], &x = *o[1];
  if (y.width == 0 || x.rows != y.rows || x.columns != y.columns) return misfit;
  for (int64_t n = 0; n < y.size(); n++) y.data[n] += m.scale * x.data[n];
  return nullptr;
}

/** y = silu(gate)·up, of x [N, 2F]. */
const char* gate(const Attributes&, Operand* o[]) {
  Operand &y = *o[0], &x = *o[1];
  const int64_t F = x.columns / 2;
  if (x.columns % 2 || &y == &x || !shape(y, x.rows, F)) return misfit;
  share(x.rows, x.size(), [&](int64_t from, int64_t to) { kernels::gate(x.data, y.data, from, to, F); });
  return nullptr;
}

/** y = attention of qkv [B·T, (H + 2K)D] over the caches, into which the new keys and values are written. */
const char* attention(const Attributes& m, Operand* o[]) {
  Operand &y = *o[0], &qkv = *o[1], &keys = *o[2], &values = *o[3], &padding = *o[4], &place = *o[5], &cosines = *o[6],
          &sines = *o[7], &qNorm = *o[8], &kNorm = *o[9];
  if (keys.rank() != 4 || values.rank() != 4 || padding.rank() != 1 || !place.isList(2) || cosines.rank() != 2 ||
      sines.rank() != 2)
    return "DecoderProgram: an input of attention has not the rank it should have";
  kernels::CachedAttention a;
  const int64_t all = TF_Dim(keys.tensor, 0), row = place.integers()[1];
  a.B = padding.size(), a.H = m.heads, a.K = TF_Dim(keys.tensor, 1), a.capacity = TF_Dim(keys.tensor, 2),
  a.D = TF_Dim(keys.tensor, 3);
  a.T = a.B ? qkv.rows / a.B : 0, a.position = place.integers()[0], a.epsilon = m.epsilon;
  for (int i = 0; i < 4; i++)
    if (TF_Dim(values.tensor, i) != TF_Dim(keys.tensor, i)) return misfit;
  if (a.K == 0 || a.D == 0 || a.D % 2 || a.H % a.K || qkv.rows != a.B * a.T || qkv.columns != (a.H + 2 * a.K) * a.D ||
      cosines.columns != a.D || sines.columns != a.D || sines.rows != cosines.rows)
    return misfit;
  for (const Operand* each : {&qNorm, &kNorm})
    if (each->data && !each->isList(a.D)) return misfit;
  const int64_t end = a.position + a.T;
  if (a.position < 0 || end > a.capacity || row < 0 || row + a.B > all)
    return "DecoderProgram: the caches have no room for the new tokens";
  for (int64_t b = 0; b < a.B; b++)
    if (padding.integers()[b] < 0 || padding.integers()[b] >= end || end - padding.integers()[b] > cosines.rows)
      return "DecoderProgram: a row's padding leaves it no position in the tables";
  if (&y == &qkv || !shape(y, qkv.rows, a.H * a.D)) return misfit;
  const int64_t before = row * a.K * a.capacity * a.D;
  a.qkv = qkv.data, a.cosines = cosines.data, a.sines = sines.data, a.qNorm = qNorm.data, a.kNorm = kNorm.data;
  a.padding = padding.integers(), a.keys = keys.data + before, a.values = values.data + before, a.y = y.data;
  const int64_t heads = a.B * a.K, numbers = heads * a.T * end * a.D;
  if (a.T == 1) {
    share(heads, numbers, [&](int64_t from, int64_t to) {
      kernels::storeKeysAndValues(a, from, to), kernels::cachedAttention(a, from, to);
    });
  } else {
    share(heads, numbers, [&](int64_t from, int64_t to) { kernels::storeKeysAndValues(a, from, to); });
    share(heads * kernels::blocksOf(a), numbers,
          [&](int64_t from, int64_t to) { kernels::cachedAttention(a, from, to); });
  }
  return nullptr;
}

/** In the order in which decoder-program.ts numbers them. */
const char* (*const steps[])(const Attributes&, Operand*[]) = {gather,  norm,      product, transposedProduct,
                                                               addBias, addScaled, gate,    attention};
constexpr int64_t stepCount = sizeof steps / sizeof *steps, operandCount = 10;

/** All operands by number: registers, the result, the inputs, and at the end an empty one. */
std::vector<Operand> operandsOf(const std::vector<std::unique_ptr<Input>>& inputs, const int32_t* widths,
                                int64_t registers, int64_t rows, float* room, const Operand& result) {
  std::vector<Operand> operands(registers);
  for (int64_t i = 0; i < registers; i++) {
    operands[i].data = room, operands[i].height = rows, operands[i].width = widths[i];
    room += rows * widths[i];
  }
  operands.push_back(result);
  for (size_t i = 1; i < inputs.size(); i++) {
    const Input& input = *inputs[i];
    Operand operand;
    operand.tensor = input.tensor, operand.data = input.data();
    operand.rows = input.rank() ? input.dim(0) : 1, operand.columns = operand.rows ? input.size() / operand.rows : 0;
    operands.push_back(operand);
  }
  operands.emplace_back();
  return operands;
}

/**
 * The program is a list of integers: the count of registers, the capacity in columns of each and of the result, then
 * the steps. A step is its number and the numbers of ten operands, in the order of operandsOf. Registers have a
 * capacity of one row for each id, and the ids are the first integer input. The result has a row for each number of the
 * second integer input, the places whose logits are wanted.
 */
void run(void* given, TF_OpKernelContext* context) {
  const Attributes& attributes = *static_cast<Attributes*>(given);
  std::vector<std::unique_ptr<Input>> inputs;
  for (int i = 0; i < TF_NumInputs(context); i++) inputs.push_back(std::make_unique<Input>(context, i));
  const int32_t* program = inputs[0]->integers();
  const int64_t length = inputs[0]->size(), registers = length ? program[0] : 0, begin = 2 + registers;
  if (registers < 1 || begin >= length || (length - begin) % (1 + operandCount) || attributes.integers < 2)
    return fail(context, "DecoderProgram: this is no program: its length or its count of registers is wrong");
  int64_t width = 0;
  for (int64_t i = 1; i < begin; i++) {
    if (program[i] < 0) return fail(context, "DecoderProgram: a register has no width");
    if (i < begin - 1) width += program[i];
  }
  const int64_t rows = inputs[1 + attributes.numbers]->size();
  Operand result;
  result.height = inputs[2 + attributes.numbers]->size(), result.width = program[begin - 1];
  const Scratch room(context, rows * width);
  if (!room.data()) return fail(context, "DecoderProgram: there is no memory for the registers");
  const Output y(context, 0, {result.height, result.width});
  result.data = y.data();
  std::vector<Operand> all = operandsOf(inputs, program + 1, registers, rows, room.data(), result);
  for (const int32_t* step = program + begin; step < program + length; step += 1 + operandCount) {
    Operand* operands[operandCount];
    for (int64_t i = 0; i < operandCount; i++) {
      if (step[1 + i] < 0 || step[1 + i] >= static_cast<int64_t>(all.size()))
        return fail(context, "DecoderProgram: a step names an operand that is not there");
      operands[i] = &all[step[1 + i]];
    }
    const char* wrong = step[0] < 0 || step[0] >= stepCount ? "DecoderProgram: there is no such step"
                                                            : steps[step[0]](attributes, operands);
    if (wrong) return fail(context, wrong);
  }
  if (all[registers].size() != result.height * result.width)
    return fail(context, "DecoderProgram: the steps leave the result unwritten");
}

const bool registered = registerOperations({
    {"DecoderProgram",
     {"program: int32", "values: numbers * float", "counts: integers * int32"},
     {"y: float"},
     {"numbers: int", "integers: int", "heads: int", "epsilon: float", "scale: float"},
     run,
     true},
});

}  // namespace
