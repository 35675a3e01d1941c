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
  float *qkv, *attn, *logs, *attended, *gateUp;
};

/** Memory that all layers use one after the other. */
struct LayerRoom {
  float *normed, *active, *low, *lowBack = nullptr, *wide = nullptr;
  float *dActive = nullptr, *dGateUp = nullptr, *dNormed = nullptr, *dAttended = nullptr, *dAttn = nullptr,
        *dQkv = nullptr, *inverse = nullptr;
};

/** Axes: N rows, C width, F feed-forward width; the others are those of `attention`. */
struct Stack {
  int64_t N, C, F;
  float epsilon, scale;
  Attention attention;
  std::vector<Layer> layers;
  int64_t heads() const { return attention.H * attention.D; }
  /** Room for N rows of so many numbers. Every array begins at a multiple of 16 bytes. */
  int64_t roomOf(int64_t width) const { return (N * width + 3) / 4 * 4; }
  /** Room for a layer's input. */
  int64_t inputNumbers() const { return roomOf(C); }
  /** Numbers of what a layer keeps, its input not counted. */
  int64_t keptNumbers() const {
    return roomOf(attention.width()) + roomOf(heads()) + roomOf(C) + roomOf(2 * F) + roomOf(attention.H);
  }
  Kept keptAt(float* place) const {
    Kept k;
    k.qkv = place, k.attn = k.qkv + roomOf(attention.width()), k.attended = k.attn + roomOf(heads());
    k.gateUp = k.attended + roomOf(C), k.logs = k.gateUp + roomOf(2 * F);
    return k;
  }
};

LayerRoom roomFor(Work& work, const Stack& s, bool backward);

/** y [N, C] = one layer of x [N, C]. Writes what is kept. */
void forward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
             const float* x, const Kept& kept, float* y);

/** dx of one layer, and the gradients of its parameters. dx may be dy. */
void backward(Work& work, const Stack& s, const Layer& layer, const LayerRoom& room, const AttentionRoom& heads,
              const float* x, const Kept& kept, const float* dy, float* dx);

}  // namespace cuda
