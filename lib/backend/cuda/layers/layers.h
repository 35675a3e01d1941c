// The layers of a decoder on the card: their parameters, gradients, and what is kept between forward and backward.
#pragma once

#include "attention/attention-on-device.h"

namespace cuda {

/** A packed matrix of a layer, with a low-rank change where it has one, and where its gradients go, or null. */
struct Projection {
  Matrix w, a, b;
  const float* blocks = nullptr;
  float *dW = nullptr, *dA = nullptr, *dB = nullptr;
};

struct Layer {
  const float *norm1, *bias, *qNorm, *kNorm, *norm2;
  float *dNorm1 = nullptr, *dBias = nullptr, *dQNorm = nullptr, *dKNorm = nullptr, *dNorm2 = nullptr;
  Projection qkv, out, gateUp, down;
};

/** What the backward pass of a layer reads, besides the layer's input. */
struct Kept {
  float *qkv, *attn, *logs, *attended;
  Numbers gateUp, low[4];  // x·A of each projection, in the order of Layer
};

/** Memory that all layers use one after the other. `read`, `given` and `factor` hold what products read as bfloat16. */
struct LayerRoom {
  Numbers normed, active, lowBack, dActive, dGateUp;
  float *wide = nullptr, *dNormed = nullptr, *dAttended = nullptr, *dAttn = nullptr, *dQkv = nullptr,
        *inverse = nullptr;
  void *read = nullptr, *given = nullptr, *factor = nullptr;
};

/**
 * Axes: N rows, C width, F feed-forward width; the others are those of `attention`. If `half`, products read and the
 * gate writes bfloat16; the sums of products, norms, attention and what goes from layer to layer are float32.
 */
struct Stack {
  int64_t N, C, F;
  float epsilon, scale;
  bool half = false;
  int64_t lowWidths[4] = {0, 0, 0, 0};  // the most columns that x·A of a projection has
  Attention attention;
  std::vector<Layer> layers;
  int64_t heads() const { return attention.H * attention.D; }
  /** Room for N rows of so many numbers. Every array begins at a multiple of 16 bytes. */
  int64_t roomOf(int64_t width) const { return (N * width + 3) / 4 * 4; }
  /** Room for a layer's input. */
  int64_t inputNumbers() const { return roomOf(C); }
  int64_t lowNumbers(int i) const { return roomOf(half ? lowWidths[i] / 2 : lowWidths[i]); }
  int64_t gateUpNumbers() const { return roomOf(half ? F : 2 * F); }
  /** Numbers of float32 that what a layer keeps takes, its input not counted. */
  int64_t keptNumbers() const {
    return roomOf(attention.width()) + roomOf(heads()) + roomOf(C) + gateUpNumbers() + roomOf(attention.H) +
           lowNumbers(0) + lowNumbers(1) + lowNumbers(2) + lowNumbers(3);
  }
  Kept keptAt(float* place) const {
    Kept k;
    k.qkv = place, k.attn = k.qkv + roomOf(attention.width()), k.attended = k.attn + roomOf(heads());
    float* gateUp = k.attended + roomOf(C);
    k.gateUp = {gateUp, half}, k.logs = gateUp + gateUpNumbers();
    float* low = k.logs + roomOf(attention.H);
    for (int i = 0; i < 4; low += lowNumbers(i++)) k.low[i] = {low, half};
    return k;
  }
};

/** Says how a stack of these layers computes: `half` and `lowWidths`. */
void prepare(Stack& s);

LayerRoom roomFor(Work& work, const Stack& s, bool backward);

/** y [N, C] = one layer of x [N, C]. Writes what is kept. */
void forward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
             const float* x, const Kept& kept, float* y);

/** dx of one layer, and the gradients of its parameters. dx may be dy. */
void backward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
              const float* x, const Kept& kept, const float* dy, float* dx);

}  // namespace cuda
