import { isHalf } from "../../bfloat16";
import { differentiable } from "../../differentiable";
import type { LayerStack, LayerTensors, LowRankFactors } from "../../kernels";
import type { Operations } from "../../native/operations";
import { isRecording } from "../../tape";
import type { tf } from "../../tf";

const matrices = ["qkv", "out", "gateUp", "down"] as const;

/** The tensors of a layer in the order of the slots of layers-ops.cc; undefined where the layer lacks one. */
const slotsOf = (
  layer: LayerTensors,
  factors: Readonly<Partial<Record<(typeof matrices)[number], LowRankFactors>>> = {},
): (tf.Tensor | undefined)[] => [
  layer.norm1,
  layer.qkv,
  layer.qkvBias,
  layer.qNorm,
  layer.kNorm,
  layer.out,
  layer.norm2,
  layer.gateUp,
  layer.down,
  ...matrices.flatMap((name) => [factors[name]?.a, factors[name]?.b, factors[name]?.blocks]),
];

const isTrained = (tensor: tf.Tensor | undefined): boolean => tensor !== undefined && "trainable" in tensor;

/**
 * All layers as one operation, and their gradient as another. Activations stay in one tensor of the card. The
 * gradients of variables are computed, and no others.
 */
export const layers =
  (operations: Operations): LayerStack =>
  (x, stack, { num_attention_heads: heads, rms_norm_eps: epsilon }, { cos, sin }, padding, options = {}) => {
    const { adapter, scale = 1, checkpoint = false } = options;
    const slots = stack.flatMap((layer, l) => slotsOf(layer, adapter?.[l]));
    const [floats, halves] = [slots.filter(isFloat), slots.filter(isPacked)];
    const trained = slots.filter(isTrained) as tf.Tensor[];
    const [numbers, integers] = [
      new Map(floats.map((each, i) => [each, i])),
      new Map(halves.map((each, i) => [each, i])),
    ];
    const places = slots.map((each) => (each ? (numbers.get(each) ?? -2 - integers.get(each)!) : -1));
    const plan = Int32Array.from([...places, ...slots.map((each) => Number(isTrained(each)))]);
    const settings = {
      numbers: floats.length,
      halves: halves.length,
      layers: stack.length,
      heads,
      epsilon,
      scale,
      checkpoint: Number(checkpoint),
    };
    const saves = Number(isRecording());
    return differentiable<tf.Tensor2D>([x, ...trained], (save) => {
      const given = [x, padding, cos, sin, plan, ...floats, ...halves];
      const [value, saved] = operations.run("DecoderLayers", given, 2, { ...settings, saves });
      save([x, padding, cos, sin, saved!]);
      return {
        value: value!,
        // the layers' tensors are older than the loss, so that they need not be saved
        gradFunc: (dy, [input, pads, cosines, sines, kept]) => {
          const inputs = [input!, pads!, cosines!, sines!, plan, ...floats, ...halves, kept!, dy];
          const gradients = trained.length;
          return operations.run("DecoderLayersGrad", inputs, 1 + gradients, { ...settings, gradients });
        },
      };
    });
  };

const isFloat = (tensor: tf.Tensor | undefined): tensor is tf.Tensor => tensor !== undefined && !isHalf(tensor);
const isPacked = (tensor: tf.Tensor | undefined): tensor is tf.Tensor => tensor !== undefined && isHalf(tensor);
