// The interpreter of native-cpu/decoding/decoder-program.cc, whose steps launch kernels. A program of few rows is
// recorded as a graph once and replayed from then on.

#include "decoding/program.h"

#include <algorithm>
#include <mutex>

namespace cuda {

namespace {

/** An operand of a step: a register, the result, a tensor of the card, or a list of the host with its copy there. */
struct Operand {
  float* data = nullptr;
  int64_t rows = 0, columns = 0;
  int64_t height = 0, width = 0;  // of a register: its capacity; 0 for an input
  const Input* input = nullptr;
  const int32_t* host = nullptr;  // of a list of the host
  bool half = false;
  const int* integers() const { return reinterpret_cast<const int*>(data); }
  int64_t size() const { return rows * columns; }
  int rank() const { return input ? input->rank() : 2; }
  bool isList(int64_t n) const { return rank() == 1 && size() == n; }
  Matrix matrix() const { return {data, half, rows, columns * (half ? 2 : 1)}; }
};

/** Memory that outlives an operation, so that a recorded graph's addresses stay. It grows when more is needed. */
class Arena {
 public:
  float* need(Work& work, size_t bytes) {
    if (bytes > size) {
      if (at) work.device.release(work.ownStream(), at);
      at = nullptr, size = 0;
      at = work.device.allocate(bytes), size = bytes;
    }
    return static_cast<float*>(at);
  }

 private:
  void* at = nullptr;
  size_t size = 0;
};

constexpr const char* misfit = "DecoderProgram: shapes do not fit together";

struct Machine {
  Work& work;
  float* wide;     // room for a matrix of bfloat16 as float32
  int64_t behind;  // columns that follow those of this call before the host sees them
  const Attributes& m;

  static void shape(Operand& y, int64_t rows, int64_t columns) {
    y.rows = rows, y.columns = columns;
    require(columns <= y.width && rows <= y.height, misfit);
  }
  void gather(Operand* o[]) {
    Operand &y = *o[0], &table = *o[1], &ids = *o[2];
    const int64_t C = table.columns * (table.half ? 2 : 1);
    require(table.rank() == 2 && ids.rank() == 1 && ids.host && &y != &table, misfit);
    shape(y, ids.size(), C);
    for (int64_t n = 0; n < ids.size(); n++)
      require(ids.host[n] >= 0 && ids.host[n] < table.rows, "DecoderProgram: an id is past the table's end");
    work.launch(table.half ? "gatherHalves" : "gatherRows", {static_cast<unsigned>(y.rows)}, {rowThreads(C)},
                table.data, ids.integers(), y.data, static_cast<int>(C));
  }
  void norm(Operand* o[]) {
    Operand &y = *o[0], &x = *o[1], &weight = *o[2], &delta = *o[3];
    require(weight.isList(x.columns) && x.width > 0 &&
                (!delta.data || (delta.rows == x.rows && delta.columns == x.columns)),
            misfit);
    shape(y, x.rows, x.columns);
    work.launch("rmsNorm", {static_cast<unsigned>(x.rows)}, {rowThreads(x.columns)}, x.data, delta.data, weight.data,
                x.data, y.data, static_cast<int>(x.columns), m.epsilon);
  }
  void multiply(Operand* o[], bool transposed) {
    Operand &y = *o[0], &x = *o[1];
    const Matrix w = o[2]->matrix();
    require(o[2]->rank() == 2 && x.columns == (transposed ? w.columns : w.rows) && x.columns > 0 && &y != &x, misfit);
    shape(y, x.rows, transposed ? w.rows : w.columns);
    work.product(x.data, x.rows, w, transposed, y.data, 1, false, wide);
  }
  void addBias(Operand* o[]) {
    Operand &y = *o[0], &bias = *o[1];
    require(y.width > 0 && bias.isList(y.columns), misfit);
    work.launch("addBias", {static_cast<unsigned>(y.rows)}, {rowThreads(y.columns)}, y.data, bias.data,
                static_cast<int>(y.columns));
  }
  void addScaled(Operand* o[]) {
    Operand &y = *o[0], &x = *o[1];
    require(y.width > 0 && x.rows == y.rows && x.columns == y.columns, misfit);
    work.launch("addScaled", {blocksOf(y.size())}, {}, y.data, x.data, m.scale, y.size());
  }
  void gate(Operand* o[]) {
    Operand &y = *o[0], &x = *o[1];
    require(x.columns % 2 == 0 && &y != &x, misfit);
    shape(y, x.rows, x.columns / 2);
    work.launch("gate", {static_cast<unsigned>(y.rows)}, {rowThreads(y.columns)}, x.data, y.data,
                static_cast<int>(y.columns));
  }
  void attention(Operand* o[]) {
    Operand &y = *o[0], &qkv = *o[1], &keys = *o[2], &values = *o[3], &padding = *o[4], &place = *o[5],
            &cosines = *o[6], &sines = *o[7], &qNorm = *o[8], &kNorm = *o[9];
    require(keys.rank() == 4 && values.rank() == 4 && padding.rank() == 1 && padding.host && place.isList(2) &&
                place.host && cosines.rank() == 2 && sines.rank() == 2,
            "DecoderProgram: an input of attention has not the rank it should have");
    for (int i = 0; i < 4; i++) require(values.input->dim(i) == keys.input->dim(i), misfit);
    const int64_t all = keys.input->dim(0), K = keys.input->dim(1), capacity = keys.input->dim(2),
                  D = keys.input->dim(3), H = m.heads, B = padding.size(), T = B ? qkv.rows / B : 0;
    const int64_t position = place.host[0], row = place.host[1], end = position + T, last = end + behind;
    require(K > 0 && D > 0 && D % 2 == 0 && H % K == 0 && qkv.rows == B * T && qkv.columns == (H + 2 * K) * D &&
                cosines.columns == D && sines.columns == D && sines.rows == cosines.rows &&
                (!qNorm.data || qNorm.isList(D)) && (!kNorm.data || kNorm.isList(D)) && &y != &qkv,
            misfit);
    require(position >= 0 && last <= capacity && row >= 0 && row + B <= all,
            "DecoderProgram: the caches have no room for the new tokens");
    for (int64_t b = 0; b < B; b++)
      require(padding.host[b] >= 0 && padding.host[b] < end && last - padding.host[b] <= cosines.rows,
              "DecoderProgram: a row's padding leaves it no position in the tables");
    shape(y, qkv.rows, H * D);
    const unsigned rows = static_cast<unsigned>(qkv.rows);
    const int t = static_cast<int>(T), h = static_cast<int>(H), k = static_cast<int>(K), d = static_cast<int>(D),
              room = static_cast<int>(capacity);
    if (T == 1 && D <= 256) {
      const std::string name = "attendNewest" + std::to_string(D <= 32 ? 32 : D <= 64 ? 64 : D <= 128 ? 128 : 256);
      work.launch(name.c_str(), {rows, static_cast<unsigned>(H)}, {256, 1, (2 * D + 8 * (D + 2)) * sizeof(float)},
                  qkv.data, qNorm.data, kNorm.data, cosines.data, sines.data, padding.integers(), place.integers(),
                  keys.data, values.data, y.data, h, k, d, room, m.epsilon, 1.f / std::sqrt(static_cast<float>(D)));
      return;
    }
    work.launch("storeKeys", {rows}, {128}, qkv.data, kNorm.data, cosines.data, sines.data, padding.integers(),
                place.integers(), keys.data, values.data, t, h, k, d, room, m.epsilon);
    work.launch("attendCache", {rows, static_cast<unsigned>(H)}, {256, 1, (2 * D + 1024 + 256) * sizeof(float)},
                qkv.data, qNorm.data, cosines.data, sines.data, padding.integers(), place.integers(), keys.data,
                values.data, y.data, t, h, k, d, room, m.epsilon, 1.f / std::sqrt(static_cast<float>(D)));
  }
  /** A product, and what is next to it: the norm or gate of its input, its bias, its addition to the residual. */
  void fewRows(const Operand& x, const Operand& y, const Matrix& w, const Operand* norm, const Operand* bias,
               bool gated, bool adds) {
    require(w.data && y.width > 0 && (!norm || norm->isList(x.columns)) && (!bias || bias->isList(w.columns)) &&
                x.columns == (gated ? 2 : 1) * w.rows && x.columns > 0 && y.columns == w.columns && y.rows == x.rows,
            misfit);
    work.fewRowProduct({x.data, w.data, y.data, norm ? norm->data : nullptr, bias ? bias->data : nullptr,
                        static_cast<int>(x.rows), static_cast<int>(w.rows), w.columns, 1, m.epsilon, adds, gated},
                       w.half, false, true);
  }
  void step(int32_t number, Operand* o[]) {
    switch (number) {  // in the order in which decoder-program.ts numbers them
      case 0:
        return gather(o);
      case 1:
        return norm(o);
      case 2:
        return multiply(o, false);
      case 3:
        return multiply(o, true);
      case 4:
        return addBias(o);
      case 5:
        return addScaled(o);
      case 6:
        return gate(o);
      case 7:
        return attention(o);
      default:
        throw Failure("DecoderProgram: there is no such step");
    }
  }
};

constexpr int64_t operandCount = 10;
constexpr int64_t graphRows = 256;  // of more rows, launches are not what takes the time

/** The steps in the order in which decoder-program.ts numbers them. */
enum Kind { gatherStep, normStep, productStep, turnedProductStep, biasStep, addScaledStep, gateStep, attentionStep };

struct Step {
  int32_t kind;
  Operand* o[operandCount];
};

/**
 * Steps of few rows that one launch computes, from steps[i] on: [norm or gate,] product[, bias]. A product whose result
 * the next norm adds to the residual adds it itself, and that norm then adds nothing. Returns how many steps these are,
 * or 0. No other step may read what lies between them, which holds for programs without adapters.
 */
size_t joined(Machine& machine, std::vector<Step>& steps, size_t i) {
  const auto is = [&](size_t at, Kind kind) { return at < steps.size() && steps[at].kind == kind; };
  const Step& first = steps[i];
  const bool hasNorm = is(i, normStep) && !first.o[3]->data, hasGate = is(i, gateStep);
  const size_t at = i + (hasNorm || hasGate);
  if (!is(at, productStep) || ((hasNorm || hasGate) && steps[at].o[1] != first.o[0])) return 0;
  const Step& product = steps[at];
  Operand &x = at > i ? *first.o[1] : *product.o[1], &y = *product.o[0];
  const Matrix w = product.o[2]->matrix();
  if (x.rows > mostFewRows(w.half) || x.rows == 0 || product.o[2]->rank() != 2 || &x == &y) return 0;
  const bool hasBias = is(at + 1, biasStep) && steps[at + 1].o[0] == &y;
  const size_t next = at + 1 + hasBias;
  const bool adds = !hasBias && is(next, normStep) && steps[next].o[3] == &y && steps[next].o[1]->rows == x.rows;
  Operand& into = adds ? *steps[next].o[1] : y;
  if (adds) require(into.columns == w.columns, misfit);
  else Machine::shape(y, x.rows, w.columns);
  static Operand nothing;
  if (adds) steps[next].o[3] = &nothing;
  machine.fewRows(x, into, w, hasNorm ? first.o[2] : nullptr, hasBias ? steps[at + 1].o[1] : nullptr, hasGate, adds);
  return next - i;
}

struct Call {
  Machine& machine;
  const int32_t *begin, *end;
  std::vector<Operand>& all;
  const Operand& result;
  static void run(void* given) {
    const Call& call = *static_cast<Call*>(given);
    std::vector<Step> steps;
    bool isAdapted = false;
    for (const int32_t* at = call.begin; at < call.end; at += 1 + operandCount) {
      Step step{at[0], {}};
      for (int64_t i = 0; i < operandCount; i++) {
        require(at[1 + i] >= 0 && at[1 + i] < static_cast<int64_t>(call.all.size()),
                "DecoderProgram: a step names an operand that is not there");
        step.o[i] = &call.all[at[1 + i]];
      }
      isAdapted = isAdapted || step.kind == addScaledStep;
      steps.push_back(step);
    }
    for (size_t i = 0; i < steps.size();) {
      const size_t count = isAdapted ? 0 : joined(call.machine, steps, i);
      if (count == 0) call.machine.step(steps[i].kind, steps[i].o);
      i += std::max<size_t>(1, count);
    }
    require(call.result.size() == call.result.height * call.result.width,
            "DecoderProgram: the steps leave the result unwritten");
  }
};

/** What a graph holds: addresses and shapes. */
std::string keyOf(const std::vector<Operand>& all, const float* wide, const int32_t* program, int64_t length) {
  std::string key(reinterpret_cast<const char*>(program), length * sizeof(int32_t));
  const auto add = [&](int64_t number) { key.append(reinterpret_cast<const char*>(&number), sizeof number); };
  add(reinterpret_cast<int64_t>(wide));
  for (const Operand& each : all) {
    add(reinterpret_cast<int64_t>(each.data)), add(each.height), add(each.width);
    if (each.input)
      for (int d = 0; d < each.rank(); d++) add(each.input->dim(d));
  }
  return key;
}

}  // namespace

void withProgram(Work& work, int inputs, int64_t times, const std::function<void(const Loaded&)>& use) {
  static std::mutex one;
  static Arena registersRoom, listsRoom, wideRoom;
  const std::lock_guard<std::mutex> lock(one);
  const Attributes& m = work.attributes;
  const int32_t* program = work.input(0).integers();
  const int64_t length = work.input(0).size(), registers = length ? program[0] : 0, begin = 2 + registers;
  require(registers >= 1 && begin < length && (length - begin) % (1 + operandCount) == 0 && m.integers >= 2,
          "DecoderProgram: this is no program: its length or its count of registers is wrong");
  int64_t width = 0;
  for (int64_t i = 1; i < begin; i++) {
    require(program[i] >= 0, "DecoderProgram: a register has no width");
    if (i < begin - 1) width += program[i];
  }
  const int firstList = 1 + static_cast<int>(m.numbers), firstHalf = firstList + static_cast<int>(m.integers);
  const int64_t rows = work.input(firstList).size(), resultRows = work.input(firstList + 1).size(),
                resultWidth = program[begin - 1];
  std::vector<int32_t> lists;
  for (int i = firstList; i < firstHalf; i++)
    lists.insert(lists.end(), work.input(i).integers(), work.input(i).integers() + work.input(i).size());
  auto* first = reinterpret_cast<int32_t*>(listsRoom.need(work, std::max<size_t>(lists.size() * 4, 1 << 20)));
  int32_t* there = first;
  work.device.copyIn(work.ownStream(), first, lists.data(), lists.size() * sizeof(int32_t));
  const auto whole = [](int64_t numbers) { return (numbers + 3) / 4 * 4; };  // registers begin at 16 bytes
  const int64_t room = rows * width + 4 * registers;
  float* place = registersRoom.need(work, (whole(room) + resultRows * resultWidth) * sizeof(float));
  float* result = place + whole(room);
  std::vector<Operand> all(registers + 1);
  for (int64_t i = 0; i < registers; i++)
    all[i].data = place, all[i].height = rows, all[i].width = program[1 + i], place += whole(rows * program[1 + i]);
  all[registers].data = result, all[registers].height = resultRows, all[registers].width = resultWidth;
  int64_t wide = 0;
  for (int i = 1; i < inputs; i++) {
    const Input& input = work.input(i);
    Operand o;
    o.input = &input, o.rows = input.rank() ? input.dim(0) : 1, o.columns = o.rows ? input.size() / o.rows : 0;
    o.data = input.data();
    if (i >= firstHalf) o.half = true, wide = std::max(wide, 2 * input.size());
    else if (i >= firstList) o.host = input.integers(), o.data = reinterpret_cast<float*>(there), there += input.size();
    all.push_back(o);
  }
  all.emplace_back();
  Machine machine{work, nullptr, times - 1, m};
  if (wide && rows > mostFewRows(true)) machine.wide = wideRoom.need(work, (wide + rows * width) * sizeof(float));
  Call call{machine, program + begin, program + length, all, all[registers]};
  const bool isRecorded = rows <= graphRows && rows == resultRows;
  const std::string key = isRecorded ? keyOf(all, machine.wide, program, length) : "";
  const auto read = [&] { isRecorded ? work.recorded(key, Call::run, &call) : Call::run(&call); };
  use({result, resultRows, resultWidth, first, first + rows + resultRows + work.input(firstList + 2).size(), read});
}

}  // namespace cuda
