import type { DecoderConfig } from "../../../lib/models/decoder/config";
import type { NamedArray } from "../../../lib/models/checkpoints/safetensors/safetensors";

type Vector = number[];

/**
 * Qwen2 for one sequence without padding, in plain loops over doubles and Hugging Face's own arrays: the
 * thing to compare the decoder with. Written from the formulas, and shares no code with lib/.
 *
 * @returns [T][V] next-token logits
 */
export function referenceLogits(
  arrays: Readonly<Record<string, NamedArray>>,
  config: DecoderConfig,
  ids: readonly number[],
): Vector[] {
  const { num_attention_heads: H, num_key_value_heads: K, head_dim: D, num_hidden_layers: L } = config;
  const embedding = arrays["model.embed_tokens.weight"]!;
  const row = ({ data, shape }: NamedArray, i: number): Vector =>
    Array.from(data.subarray(i * shape[1]!, (i + 1) * shape[1]!));
  const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const add = (a: Vector, b: Vector) => a.map((value, i) => value + b[i]!);
  const linear = (x: Vector, name: string): Vector => {
    const weight = arrays[`${name}.weight`]!;
    const bias = arrays[`${name}.bias`];
    return Array.from({ length: weight.shape[0]! }, (_, j) => dot(row(weight, j), x) + (bias?.data[j] ?? 0));
  };
  const norm = (x: Vector, name: string): Vector => {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + config.rms_norm_eps);
    return x.map((value, i) => value * scale * arrays[`${name}.weight`]!.data[i]!);
  };
  const head = (x: Vector, h: number): Vector => x.slice(h * D, (h + 1) * D);
  const rotated = (x: Vector, t: number): Vector =>
    x.map((value, i) => {
      const pair = i % (D / 2);
      const angle = t / config.rope_theta ** ((2 * pair) / D);
      const partner = i < D / 2 ? -x[i + D / 2]! : x[i - D / 2]!;
      return value * Math.cos(angle) + partner * Math.sin(angle);
    });

  let x = ids.map((id) => row(embedding, id));
  for (let l = 0; l < L; l++) {
    const layer = `model.layers.${l}`;
    const read = x.map((token) => norm(token, `${layer}.input_layernorm`));
    const [q, k, v] = ["q", "k", "v"].map((part) =>
      read.map((token) => linear(token, `${layer}.self_attn.${part}_proj`)),
    ) as [Vector[], Vector[], Vector[]];
    x = x.map((token, t) => {
      const heads = Array.from({ length: H }, (_, h) => {
        const shared = Math.floor(h / (H / K)); // query heads 0 … H/K − 1 read key/value head 0, and so on
        const scores = k
          .slice(0, t + 1)
          .map((key, s) => dot(rotated(head(q[t]!, h), t), rotated(head(key, shared), s)) / Math.sqrt(D));
        const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
        const total = weights.reduce((a, b) => a + b);
        return weights.reduce(
          (sum, weight, s) =>
            add(
              sum,
              head(v[s]!, shared).map((value) => (value * weight) / total),
            ),
          Array<number>(D).fill(0),
        );
      });
      return add(token, linear(heads.flat(), `${layer}.self_attn.o_proj`));
    });
    x = x.map((token) => {
      const normed = norm(token, `${layer}.post_attention_layernorm`);
      const up = linear(normed, `${layer}.mlp.up_proj`);
      return add(
        token,
        linear(
          linear(normed, `${layer}.mlp.gate_proj`).map((gate, i) => (gate / (1 + Math.exp(-gate))) * up[i]!),
          `${layer}.mlp.down_proj`,
        ),
      );
    });
  }
  return x.map((token) => {
    const last = norm(token, "model.norm");
    return Array.from({ length: embedding.shape[0]! }, (_, id) => dot(row(embedding, id), last));
  });
}
