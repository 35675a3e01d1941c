import { CorruptData } from "../../core/errors";

/** The shape of a BERT or (XLM-)RoBERTa encoder. The fields have the names of Hugging Face's config.json. */
export interface EncoderConfig {
  /** V */
  readonly vocab_size: number;
  /** C */
  readonly hidden_size: number;
  /** L */
  readonly num_hidden_layers: number;
  /** H, divides C */
  readonly num_attention_heads: number;
  /** F */
  readonly intermediate_size: number;
  /** rows of the table of positions, the first ones unused in RoBERTa */
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
  readonly hidden_act: Activation;
  /** of the first token: 0, or pad_token_id + 1 in RoBERTa */
  readonly firstPosition: number;
}

/** Activation functions: "gelu" is x·Φ(x), the others are its tanh approximation (Hendrycks & Gimpel 2016). */
export type Activation = (typeof activations)[number];
const activations = ["gelu", "gelu_new", "gelu_pytorch_tanh", "relu"] as const;

/** Whether positions are counted from pad_token_id + 1. */
const families: Readonly<Record<string, boolean>> = {
  bert: false,
  roberta: true,
  "xlm-roberta": true,
  camembert: true,
};

const counts = [
  "vocab_size",
  "hidden_size",
  "num_hidden_layers",
  "num_attention_heads",
  "intermediate_size",
  "max_position_embeddings",
  "type_vocab_size",
] as const;

/** Checks a parsed config.json of an encoder. Throws CorruptData naming the field. */
export function encoderConfig(file: string, json: Record<string, unknown>): EncoderConfig {
  const fault = (why: string, fix: string) => new CorruptData(file, why, fix);
  const {
    model_type,
    hidden_act = "gelu",
    position_embedding_type = "absolute",
    layer_norm_eps,
    pad_token_id = 1,
  } = json;
  const shifted =
    typeof model_type === "string" && Object.hasOwn(families, model_type) ? families[model_type] : undefined;
  if (shifted === undefined)
    throw fault(
      `model_type is ${JSON.stringify(model_type)}`,
      `Encoders of the families ${Object.keys(families).join(", ")} are read.`,
    );
  if (position_embedding_type !== "absolute")
    throw fault(
      `position_embedding_type is ${JSON.stringify(position_embedding_type)}`,
      "Only absolute positions are read.",
    );
  if (!activations.includes(hidden_act as Activation))
    throw fault(`hidden_act is ${JSON.stringify(hidden_act)}`, `${activations.join(", ")} are computed.`);
  for (const name of counts)
    if (!Number.isInteger(json[name]) || (json[name] as number) <= 0)
      throw fault(`${name} is ${JSON.stringify(json[name])}`, "It must be a positive whole number.");
  if (typeof layer_norm_eps !== "number" || !(layer_norm_eps > 0))
    throw fault(`layer_norm_eps is ${JSON.stringify(layer_norm_eps)}`, "It must be a positive number.");
  const sizes = Object.fromEntries(counts.map((name) => [name, json[name]])) as Record<(typeof counts)[number], number>;
  if (sizes.hidden_size % sizes.num_attention_heads !== 0)
    throw fault(
      `hidden_size ${sizes.hidden_size} is not a multiple of num_attention_heads ${sizes.num_attention_heads}`,
      "Each head has the same width.",
    );
  return {
    ...sizes,
    layer_norm_eps,
    hidden_act: hidden_act as Activation,
    firstPosition: shifted ? Number(pad_token_id) + 1 : 0,
  };
}
