#include "layers/layers.h"

#include <algorithm>

namespace cuda {

LayerRoom roomFor(Work& work, const Stack& s, bool isBackward) {
  int64_t rank = 0, wide = 0;
  for (const Layer& layer : s.layers)
    for (const Projection* p : {&layer.qkv, &layer.out, &layer.gateUp, &layer.down}) {
      rank = std::max(rank, p->a.columns);
      if (p->w.half) wide = std::max({wide, p->w.rows * p->w.columns, s.N * p->w.rows, s.N * p->w.columns});
    }
  LayerRoom r;
  r.normed = work.temporary(s.N * s.C), r.active = work.temporary(s.N * s.F), r.low = work.temporary(s.N * rank);
  if (wide && s.N > mostFewRows(true)) r.wide = work.temporary(wide);
  if (!isBackward) return r;
  r.lowBack = work.temporary(s.N * rank);
  r.dActive = work.temporary(s.N * s.F), r.dGateUp = work.temporary(s.N * 2 * s.F);
  r.dNormed = work.temporary(s.N * s.C), r.dAttended = work.temporary(s.N * s.C);
  r.dAttn = work.temporary(s.N * s.heads()), r.dQkv = work.temporary(s.N * s.attention.width());
  r.inverse = work.temporary(s.N);
  return r;
}

namespace {

/** y = (adds ? y : 0) + x·W + scale·(x·A)·B. */
void project(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, const float* x, float* y,
             bool adds = false) {
  work.product(x, s.N, p.w, false, y, 1, adds, room.wide);
  if (!p.a.data) return;
  work.product(x, s.N, p.a, false, room.low, s.scale);
  work.product(room.low, s.N, p.b, false, y, 1, true);
}

/** dx of `project`. */
void projectBack(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, const float* dy, float* dx) {
  work.product(dy, s.N, p.w, true, dx, 1, false, room.wide);
  if (!p.a.data) return;
  work.product(dy, s.N, p.b, true, room.lowBack, s.scale);
  work.product(room.lowBack, s.N, p.a, true, dx, 1, true);
}

/** The gradients of its matrices where they are wanted, after `projectBack`. */
void matrixGradients(Work& work, const Stack& s, const LayerRoom& room, const Projection& p, const float* x,
                     const float* dy) {
  if (p.dW) work.outerProduct(x, p.w.rows, dy, p.w.columns, s.N, p.dW);
  if (p.dA) work.outerProduct(x, p.a.rows, room.lowBack, p.a.columns, s.N, p.dA);
  if (!p.dB) return;
  work.product(x, s.N, p.a, false, room.low, s.scale);
  work.outerProduct(room.low, p.b.rows, dy, p.b.columns, s.N, p.dB);
  const int64_t numbers = p.b.rows * p.b.columns;
  if (p.blocks) work.launch("multiplyBy", {blocksOf(numbers)}, {}, p.dB, p.blocks, numbers);
}

Attention attentionOf(const Stack& s, const Layer& layer) {
  Attention a = s.attention;
  a.bias = layer.bias, a.qNorm = layer.qNorm, a.kNorm = layer.kNorm;
  return a;
}

void norm(Work& work, const Stack& s, const float* x, const float* weight, float* y) {
  work.norm(x, weight, y, s.N, s.C, s.epsilon);
}

/** dx = added + the gradient of the norm, and that of its weight if it is wanted. */
void normBack(Work& work, const Stack& s, const LayerRoom& room, const float* x, const float* weight, const float* dy,
              const float* added, float* dx, float* dWeight) {
  work.normGradient(x, weight, dy, added, dx, room.inverse, s.N, s.C, s.epsilon);
  if (dWeight) work.columnSums(dy, x, room.inverse, dWeight, s.N, s.C);
}

void gate(Work& work, const Stack& s, const float* x, float* y) {
  work.launch("gate", {static_cast<unsigned>(s.N)}, {gateThreads(s.F)}, x, y, static_cast<int>(s.F));
}

}  // namespace

void forward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
             const float* x, const Kept& kept, float* y) {
  norm(work, s, x, layer.norm1, room.normed);
  project(work, s, room, layer.qkv, room.normed, kept.qkv);
  attend(work, attentionOf(s, layer), heads, kept.qkv, kept.attn, kept.logs);
  work.copy(kept.attended, x, s.N * s.C * sizeof(float));
  project(work, s, room, layer.out, kept.attn, kept.attended, true);
  norm(work, s, kept.attended, layer.norm2, room.normed);
  project(work, s, room, layer.gateUp, room.normed, kept.gateUp);
  gate(work, s, kept.gateUp, room.active);
  work.copy(y, kept.attended, s.N * s.C * sizeof(float));
  project(work, s, room, layer.down, room.active, y, true);
}

void backward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
              const float* x, const Kept& kept, const float* dy, float* dx) {
  projectBack(work, s, room, layer.down, dy, room.dActive);
  work.launch("gateGrad", {static_cast<unsigned>(s.N)}, {gateThreads(s.F)}, kept.gateUp, room.dActive, room.dGateUp,
              room.active, static_cast<int>(s.F));
  matrixGradients(work, s, room, layer.down, room.active, dy);
  norm(work, s, kept.attended, layer.norm2, room.normed);
  projectBack(work, s, room, layer.gateUp, room.dGateUp, room.dNormed);
  matrixGradients(work, s, room, layer.gateUp, room.normed, room.dGateUp);
  normBack(work, s, room, kept.attended, layer.norm2, room.dNormed, dy, room.dAttended, layer.dNorm2);
  projectBack(work, s, room, layer.out, room.dAttended, room.dAttn);
  matrixGradients(work, s, room, layer.out, kept.attn, room.dAttended);
  attendBack(work, attentionOf(s, layer), heads, kept.qkv, kept.attn, kept.logs, room.dAttn, room.dQkv, layer.dBias,
             layer.dQNorm, layer.dKNorm);
  norm(work, s, x, layer.norm1, room.normed);
  projectBack(work, s, room, layer.qkv, room.dQkv, room.dNormed);
  matrixGradients(work, s, room, layer.qkv, room.normed, room.dQkv);
  normBack(work, s, room, x, layer.norm1, room.dNormed, room.dAttended, dx, layer.dNorm1);
}

}  // namespace cuda
