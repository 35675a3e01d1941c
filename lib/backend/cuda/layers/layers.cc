#include "layers/layers.h"

#include <algorithm>
#include <array>

namespace cuda {

namespace {

std::array<const Projection*, 4> projectionsOf(const Layer& layer) {
  return {&layer.qkv, &layer.out, &layer.gateUp, &layer.down};
}

/** Whether the setting asks for bfloat16, all matrices are frozen as such, and sizes fit. */
bool computesInHalves(const Stack& s) {
  if (precisionInUse() != Precision::bf16 || s.N <= mostFewRows(true)) return false;
  for (int64_t size : {s.C, s.F, s.heads(), s.attention.width()})
    if (size % 8) return false;  // whole 16 bytes
  for (const Layer& layer : s.layers)
    for (const Projection* p : projectionsOf(layer))
      if (!p->w.half) return false;
  return true;
}

int64_t lowWidth(const Stack& s, const Projection& p) {
  return s.half ? (p.a.columns + 7) / 8 * 8 : p.a.columns;  // rows of whole 16 bytes
}

}  // namespace

void prepare(Stack& s) {
  s.half = computesInHalves(s);
  for (const Layer& layer : s.layers)
    for (int i = 0; i < 4; i++) s.lowWidths[i] = std::max(s.lowWidths[i], lowWidth(s, *projectionsOf(layer)[i]));
}

LayerRoom roomFor(Work& work, const Stack& s, bool isBackward) {
  int64_t wide = 0, factor = 0;
  for (const Layer& layer : s.layers)
    for (const Projection* p : projectionsOf(layer)) {
      factor = std::max(factor, lowWidth(s, *p) * std::max(p->a.rows, p->b.columns));
      if (p->w.half) wide = std::max({wide, p->w.rows * p->w.columns, s.N * p->w.rows, s.N * p->w.columns});
    }
  LayerRoom r;
  const auto room = [&](int64_t width) { return work.temporary(s.N * width, s.half); };
  r.normed = room(s.C), r.active = room(s.F);
  if (s.half) r.read = room(s.heads()).at, r.factor = work.temporary(factor, true).at;
  else if (wide && s.N > mostFewRows(true)) r.wide = work.temporary(wide);
  if (!isBackward) return r;
  r.lowBack = room(*std::max_element(s.lowWidths, s.lowWidths + 4)), r.dActive = room(s.F), r.dGateUp = room(2 * s.F);
  if (s.half) r.given = room(std::max(s.C, s.attention.width())).at;
  r.dNormed = work.temporary(s.N * s.C), r.dAttended = work.temporary(s.N * s.C);
  r.dAttn = work.temporary(s.N * s.heads()), r.dQkv = work.temporary(s.N * s.attention.width());
  r.inverse = work.temporary(s.N);
  return r;
}

namespace {

/** x [N, width] as products of the stack read it: in `room`, if that is bfloat16. */
Numbers readable(Work& work, const Stack& s, const float* x, int64_t width, void* room) {
  if (!s.half) return x;
  work.narrow(x, room, s.N * width);
  return {room, true};
}

void product(Work& work, const Stack& s, const LayerRoom& room, Numbers x, const Matrix& w, bool transposed, Numbers y,
             float scale = 1, bool adds = false) {
  if (!s.half) return work.product(x.floats(), s.N, w, transposed, y.floats(), scale, adds, room.wide);
  work.halfProduct(x.at, s.N, w, transposed, y, scale, adds);
}

/** A, or B, as products of the stack read it. */
Matrix factor(Work& work, const Stack& s, const LayerRoom& room, const Matrix& w, int64_t rows, int64_t columns) {
  if (!s.half) return w;
  const int64_t pairs = rows * columns / 2;
  work.launch("narrowPadded", {blocksOf(pairs)}, {}, w.data, room.factor, w.rows, w.columns, columns, pairs);
  return {room.factor, true, rows, columns};
}
Matrix factorA(Work& work, const Stack& s, const LayerRoom& room, const Projection& p) {
  return factor(work, s, room, p.a, p.a.rows, lowWidth(s, p));
}
Matrix factorB(Work& work, const Stack& s, const LayerRoom& room, const Projection& p) {
  return factor(work, s, room, p.b, lowWidth(s, p), p.b.columns);
}

/**
 * y = (adds ? y : 0) + x·W + scale·(x·A)·B. Writes x·A, scaled, into `low`. The product with W comes last: it adds to y
 * while it computes, where the one with B would only wait for memory.
 */
void project(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, Numbers x, Numbers y, Numbers low,
             bool adds = false) {
  if (p.a.data) {
    product(work, s, room, x, factorA(work, s, room, p), false, low, s.scale);
    product(work, s, room, low, factorB(work, s, room, p), false, y, 1, adds);
  }
  product(work, s, room, x, p.w, false, y, 1, adds || p.a.data);
}

/** dx of `project`. */
void projectBack(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, Numbers dy, Numbers dx) {
  if (p.a.data) {
    product(work, s, room, dy, factorB(work, s, room, p), true, room.lowBack, s.scale);
    product(work, s, room, room.lowBack, factorA(work, s, room, p), true, dx);
  }
  product(work, s, room, dy, p.w, true, dx, 1, p.a.data);
}

/** The gradients of its matrices where they are wanted, after `projectBack`. */
void matrixGradients(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, Numbers x, Numbers low,
                     Numbers dy) {
  if (p.dW) work.outerProduct(x, p.w.rows, dy, p.w.columns, s.N, p.dW);
  if (p.dA) work.outerProduct(x, p.a.rows, room.lowBack, p.a.columns, s.N, p.dA, 0, lowWidth(s, p));
  if (!p.dB) return;
  work.outerProduct(low, p.b.rows, dy, p.b.columns, s.N, p.dB, lowWidth(s, p));
  const int64_t numbers = p.b.rows * p.b.columns;
  if (p.blocks) work.launch("multiplyBy", {blocksOf(numbers)}, {}, p.dB, p.blocks, numbers);
}

Attention attentionOf(const Stack& s, const Layer& layer) {
  Attention a = s.attention;
  a.bias = layer.bias, a.qNorm = layer.qNorm, a.kNorm = layer.kNorm;
  return a;
}

void norm(Work& work, const Stack& s, const float* x, const float* weight, Numbers y) {
  work.norm(x, weight, y, s.N, s.C, s.epsilon);
}

/** dx = added + the gradient of the norm, and that of its weight if it is wanted. */
void normBack(Work& work, const Stack& s, const LayerRoom& room, const float* x, const float* weight, const float* dy,
              const float* added, float* dx, float* dWeight) {
  work.normGradient(x, weight, dy, added, dx, room.inverse, s.N, s.C, s.epsilon);
  if (dWeight) work.columnSums(dy, x, room.inverse, dWeight, s.N, s.C);
}

void gate(Work& work, const Stack& s, Numbers x, Numbers y) {
  work.launch(x.half ? "gateHalf" : "gate", {static_cast<unsigned>(s.N)}, {gateThreads(s.F)}, x.at, y.at,
              static_cast<int>(s.F));
}

}  // namespace

void forward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
             const float* x, const Kept& kept, float* y) {
  norm(work, s, x, layer.norm1, room.normed);
  project(work, s, room, layer.qkv, room.normed, kept.qkv, kept.low[0]);
  attend(work, attentionOf(s, layer), heads, kept.qkv, kept.attn, kept.logs);
  work.copy(kept.attended, x, s.N * s.C * sizeof(float));
  project(work, s, room, layer.out, readable(work, s, kept.attn, s.heads(), room.read), kept.attended, kept.low[1],
          true);
  norm(work, s, kept.attended, layer.norm2, room.normed);
  project(work, s, room, layer.gateUp, room.normed, kept.gateUp, kept.low[2]);
  gate(work, s, kept.gateUp, room.active);
  work.copy(y, kept.attended, s.N * s.C * sizeof(float));
  project(work, s, room, layer.down, room.active, y, kept.low[3], true);
}

void backward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
              const float* x, const Kept& kept, const float* dy, float* dx) {
  Numbers given = readable(work, s, dy, s.C, room.given);
  projectBack(work, s, room, layer.down, given, room.dActive);
  work.launch(s.half ? "gateGradHalf" : "gateGrad", {static_cast<unsigned>(s.N)}, {gateThreads(s.F)}, kept.gateUp.at,
              room.dActive.at, room.dGateUp.at, room.active.at, static_cast<int>(s.F));
  matrixGradients(work, s, room, layer.down, room.active, kept.low[3], given);
  norm(work, s, kept.attended, layer.norm2, room.normed);
  projectBack(work, s, room, layer.gateUp, room.dGateUp, room.dNormed);
  matrixGradients(work, s, room, layer.gateUp, room.normed, kept.low[2], room.dGateUp);
  normBack(work, s, room, kept.attended, layer.norm2, room.dNormed, dy, room.dAttended, layer.dNorm2);
  given = readable(work, s, room.dAttended, s.C, room.given);
  projectBack(work, s, room, layer.out, given, room.dAttn);
  matrixGradients(work, s, room, layer.out, readable(work, s, kept.attn, s.heads(), room.read), kept.low[1], given);
  attendBack(work, attentionOf(s, layer), heads, kept.qkv, kept.attn, kept.logs, room.dAttn, room.dQkv, layer.dBias,
             layer.dQNorm, layer.dKNorm);
  norm(work, s, x, layer.norm1, room.normed);
  given = readable(work, s, room.dQkv, s.attention.width(), room.given);
  projectBack(work, s, room, layer.qkv, given, room.dNormed);
  matrixGradients(work, s, room, layer.qkv, room.normed, kept.low[0], given);
  normBack(work, s, room, x, layer.norm1, room.dNormed, room.dAttended, dx, layer.dNorm1);
}

}  // namespace cuda
