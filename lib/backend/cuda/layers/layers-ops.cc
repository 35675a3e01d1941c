// All layers of a decoder for whole sequences as one operation, and their gradient as another.

#include "layers/layers.h"

namespace {

using namespace cuda;

/** Tensors of a layer, in the order of layers.ts. A plan has the place of each: -1 where a layer lacks it. */
enum Slot { norm1, qkv, bias, qNorm, kNorm, out, norm2, gateUp, down, factors, slots = factors + 12 };

constexpr int firstInput = 5;  // x, padding, cosines, sines, plan

struct Given {
  Work& work;
  const int32_t* plan;    // [layers, slots]: n of floats, -2 - n of halves, or -1
  const int32_t* wanted;  // [layers, slots]: whether the gradient is wanted
  const Input* at(int64_t place) const {
    if (place == -1) return nullptr;
    const int64_t n = place >= 0 ? place : work.attributes.numbers + (-2 - place);
    require(n < work.attributes.numbers + work.attributes.halves,
            "DecoderLayers: the plan names a tensor that is not there");
    return &work.input(firstInput + static_cast<int>(n));
  }
  const float* list(int64_t place, int64_t size) const {
    const Input* input = at(place);
    require(!input || input->is({size}), "DecoderLayers: a list has not the size it should have");
    return input ? input->data() : nullptr;
  }
  Matrix matrix(int64_t place) const {
    const Input* input = at(place);
    if (!input) return {};
    require(input->rank() == 2, "DecoderLayers: an input is no matrix");
    const bool half = place < 0;
    return {input->data(), half, input->dim(0), input->dim(1) * (half ? 2 : 1)};
  }
  Projection projection(const int32_t* own, int number, int64_t K, int64_t N) const {
    static constexpr Slot of[] = {qkv, out, gateUp, down};
    const int32_t* changes = own + factors + 3 * number;
    Projection p;
    p.w = matrix(own[of[number]]), p.a = matrix(changes[0]), p.b = matrix(changes[1]);
    require(p.w.rows == K && p.w.columns == N, "DecoderLayers: shapes do not fit together");
    require(!p.a.data || (p.a.rows == K && p.b.columns == N && p.a.columns == p.b.rows && !p.a.half && !p.b.half),
            "DecoderLayers: low-rank factors do not fit their matrix");
    const Matrix blocks = matrix(changes[2]);
    require(!blocks.data || (blocks.rows == p.b.rows && blocks.columns == N), "DecoderLayers: blocks do not fit");
    p.blocks = static_cast<const float*>(blocks.data);
    return p;
  }
};

/** Reads and checks x [N, C], padding [B], cosines and sines [T, D], the plan, and the layers' tensors. */
Stack stackOf(Work& work) {
  const Input &x = work.input(0), &padding = work.input(1), &cosines = work.input(2), &sines = work.input(3),
              &plan = work.input(4);
  const int64_t L = work.attributes.layers;
  require(x.rank() == 2 && padding.rank() == 1 && cosines.rank() == 2 && L > 0 && plan.is({2 * L * slots}),
          "DecoderLayers: shapes do not fit together");
  const Given given{work, plan.integers(), plan.integers() + L * slots};
  Stack s;
  s.N = x.dim(0), s.C = x.dim(1), s.epsilon = work.attributes.epsilon, s.scale = work.attributes.scale;
  Attention& a = s.attention;
  const Matrix firstQkv = given.matrix(given.plan[qkv]), firstDown = given.matrix(given.plan[down]);
  a.B = padding.dim(0), a.T = cosines.dim(0), a.D = cosines.dim(1), a.H = work.attributes.heads;
  a.K = a.D ? (firstQkv.columns / a.D - a.H) / 2 : 0, a.epsilon = s.epsilon, s.F = firstDown.rows;
  require(s.N == a.rows() && sines.is({a.T, a.D}), "DecoderLayers: shapes do not fit together");
  checkAttention(a, padding.integers());
  a.cosines = cosines.data(), a.sines = sines.data(), a.padding = work.onCard(padding.integers(), a.B);
  for (int64_t l = 0; l < L; l++) {
    const int32_t* own = given.plan + l * slots;
    Layer layer;
    layer.norm1 = given.list(own[norm1], s.C), layer.norm2 = given.list(own[norm2], s.C);
    layer.bias = given.list(own[bias], a.width());
    layer.qNorm = given.list(own[qNorm], a.D), layer.kNorm = given.list(own[kNorm], a.D);
    require(layer.norm1 && layer.norm2 && !layer.qNorm == !layer.kNorm, "DecoderLayers: a layer lacks a norm");
    layer.qkv = given.projection(own, 0, s.C, a.width());
    layer.out = given.projection(own, 1, s.heads(), s.C);
    layer.gateUp = given.projection(own, 2, s.C, 2 * s.F);
    layer.down = given.projection(own, 3, s.F, s.C);
    s.layers.push_back(layer);
  }
  for (const Layer& layer : s.layers)
    if (layer.qNorm) s.attention.qNorm = layer.qNorm;  // for the room of their gradients
  prepare(s);
  return s;
}

/**
 * -> y [N, C], and what the backward pass reads: for each layer its input [N, C] and, unless `checkpoint`, what `Kept`
 * names; [0] if no gradient is wanted.
 */
void layers(Work& work) {
  const Stack s = stackOf(work);
  const int64_t L = s.layers.size(), input = s.inputNumbers(), kept = work.attributes.checkpoint ? 0 : s.keptNumbers();
  const bool saves = work.attributes.saves;
  float* y = work.output(0, {s.N, s.C});
  float* saved = work.output(1, {saves ? L * (input + kept) : 0});
  const LayerRoom room = roomFor(work, s, false);
  const AttentionRoom heads(work, s.attention, false);
  float* spare = saves && kept ? nullptr : work.temporary(s.keptNumbers());
  float* turns[2] = {saves ? nullptr : work.temporary(input), saves ? nullptr : work.temporary(input)};
  const float* x = work.input(0).data();
  for (int64_t l = 0; l < L; l++) {
    float* place = saved + l * (input + kept);
    if (saves && l == 0) work.copy(place, x, s.N * s.C * sizeof(float));
    float* next = l == L - 1 ? y : saves ? place + input + kept : turns[l % 2];
    forward(work, s, s.layers[l], room, heads, saves ? place : x, s.keptAt(spare ? spare : place + input), next);
    x = next;
  }
}

/** The same inputs, what was saved, dy [N, C] -> dx [N, C], and the gradients that the plan wants, in its order. */
void gradient(Work& work) {
  Stack s = stackOf(work);
  const int64_t L = s.layers.size(), input = s.inputNumbers(), kept = work.attributes.checkpoint ? 0 : s.keptNumbers();
  const int count = work.inputCount();
  const Input &saved = work.input(count - 2), &dy = work.input(count - 1);
  require(saved.is({L * (input + kept)}) && dy.is({s.N, s.C}), "DecoderLayersGrad: shapes do not fit together");
  const int32_t *plan = work.input(4).integers(), *wanted = plan + L * slots;
  const Given given{work, plan, wanted};
  float* dx = work.output(0, {s.N, s.C});
  int outputs = 1;
  for (int64_t l = 0; l < L; l++) {
    Layer& layer = s.layers[l];
    float** into[slots] = {&layer.dNorm1, &layer.qkv.dW, &layer.dBias,     &layer.dQNorm, &layer.dKNorm,
                           &layer.out.dW, &layer.dNorm2, &layer.gateUp.dW, &layer.down.dW};
    Projection* projections[] = {&layer.qkv, &layer.out, &layer.gateUp, &layer.down};
    for (int i = 0; i < 4; i++)
      into[factors + 3 * i] = &projections[i]->dA, into[factors + 3 * i + 1] = &projections[i]->dB;
    for (int slot = 0; slot < slots; slot++) {
      if (!wanted[l * slots + slot]) continue;
      const Input* of = given.at(plan[l * slots + slot]);
      require(of && into[slot] && plan[l * slots + slot] >= 0, "DecoderLayersGrad: there is no such gradient");
      std::vector<int64_t> shape;
      for (int d = 0; d < of->rank(); d++) shape.push_back(of->dim(d));
      *into[slot] = work.output(outputs++, shape);
    }
  }
  const LayerRoom room = roomFor(work, s, true);
  const AttentionRoom heads(work, s.attention, true);
  float* spare = kept ? nullptr : work.temporary(s.keptNumbers());
  float* again = kept ? nullptr : work.temporary(input);
  const float* down = dy.data();
  for (int64_t l = L - 1; l >= 0; l--) {
    float *x = saved.data() + l * (input + kept), *place = spare ? spare : x + input;
    if (spare) forward(work, s, s.layers[l], room, heads, x, s.keptAt(spare), again);
    backward(work, s, s.layers[l], room, heads, x, s.keptAt(place), down, dx);
    down = dx;
  }
}

#define GIVEN                                                                                               \
  "x: float", "padding: int32", "cosines: float", "sines: float", "plan: int32", "floats: numbers * float", \
      "pairs: halves * int32"
#define SETTINGS                                                                                          \
  "numbers: int >= 0", "halves: int >= 0", "layers: int", "heads: int", "epsilon: float", "scale: float", \
      "checkpoint: int"

const bool registered = registerOperations({
    {"DecoderLayers", {GIVEN}, {"y: float", "saved: float"}, {SETTINGS, "saves: int"}, BY(layers), {"padding", "plan"}},
    {"DecoderLayersGrad",
     {GIVEN, "saved: float", "dy: float"},
     {"dx: float", "found: gradients * float"},
     {SETTINGS, "gradients: int >= 0"},
     BY(gradient),
     {"padding", "plan"}},
});

}  // namespace
