import { withoutFirst } from "./protobuf";
import type { Datum, Pass, PassResult, SampleResult } from "./records";

/** Passes and results in the JSON of SDK 0.9 and skyrl-tx 0.3.0. */

const tensor = (dtype: "float32" | "int64", data: readonly number[]) => ({ data, dtype, shape: [data.length] });

const datumOf = ({ tokens, targets, weights, logprobs, advantages }: Datum) => ({
  model_input: { chunks: [{ type: "encoded_text", tokens }] },
  loss_fn_inputs: {
    target_tokens: tensor("int64", targets),
    ...(weights && { weights: tensor("float32", weights) }),
    ...(logprobs && { logprobs: tensor("float32", logprobs) }),
    ...(advantages && { advantages: tensor("float32", advantages) }),
  },
});

/** A pass as the body of POST forward_backward, or of POST forward where it has no gradient. */
export const jsonPass = ({ modelId, seqId, data, loss, config, forwardOnly }: Pass): object => ({
  model_id: modelId,
  seq_id: seqId,
  [forwardOnly ? "forward_input" : "forward_backward_input"]: {
    data: data.map(datumOf),
    loss_fn: loss,
    loss_fn_config: config ?? null,
  },
});

/** The result of forward or forward_backward; undefined where it is none. */
export function passOfJson(json: unknown): PassResult | undefined {
  const { loss_fn_outputs, metrics } = (json ?? {}) as { loss_fn_outputs?: unknown; metrics?: unknown };
  if (!Array.isArray(loss_fn_outputs)) return undefined;
  const rows = (name: string): number[][] =>
    loss_fn_outputs.flatMap((output: Record<string, { data?: unknown } | undefined> | null) => {
      const data = output?.[name]?.data;
      return Array.isArray(data) ? [data as number[]] : [];
    });
  return {
    logprobs: rows("logprobs"),
    losses: rows("elementwise_loss"),
    metrics: (metrics ?? {}) as Record<string, number>,
  };
}

/** The result of asample; undefined where it is none. */
export function samplesOfJson(json: unknown): SampleResult | undefined {
  const { sequences, prompt_logprobs } = (json ?? {}) as { sequences?: unknown; prompt_logprobs?: unknown };
  if (!Array.isArray(sequences)) return undefined;
  return {
    sequences: sequences.map(
      (sequence: { tokens: number[]; logprobs?: number[] | null; stop_reason?: string } | null) => ({
        tokens: sequence?.tokens ?? [],
        logprobs: sequence?.logprobs ?? [],
        stopped: sequence?.stop_reason === "stop",
      }),
    ),
    ...(Array.isArray(prompt_logprobs) &&
      prompt_logprobs.length > 0 && { promptLogprobs: withoutFirst(prompt_logprobs as (number | null)[]) }),
  };
}
