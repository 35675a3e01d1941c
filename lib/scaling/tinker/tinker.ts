import { text as anyText, filledText, oneOf, whole, above, from } from "../../core/ranges";
import { settings } from "../../core/settings";
import { findTokenizer } from "../../models/checkpoints/find-tokenizer";
import type { Sequence } from "../../models/decoder/batch";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import { addressOf } from "../../models/remote/remote-policy";
import type { ServedPolicy } from "../../training/served/served-policy";
import { expectTrains } from "../../training/served/expect-trains";
import { gradientData, measured, ofResponse } from "./model/datum";
import { durableModel, waitingOf, type DurableModel, type DurableSettings } from "./model/durable-model";
import { sampled } from "./sampling";
import { serverKinds, type ServerName } from "./server-kinds";

/** Settings of the low-rank adapters that a server trains. Its alpha is 32. */
export const tinkerLoraDefaults = {
  /** r: a linear map W [out, in] becomes W + (32/r)·B·A */
  rank: 16,
  /** seed of the random numbers of A; B starts at zero, so that untrained adapters change nothing */
  seed: 0,
  /** whether the maps of attention are adapted; skyrl adapts them always */
  attention: true,
  /** whether the maps of the SwiGLU are adapted; skyrl adapts them always */
  mlp: true,
  /** whether the output projection is adapted; skyrl never does */
  unembed: false,
};

/** Settings of `tinker`. */
export const tinkerDefaults = {
  /** the model that is adapted, as the server names it */
  baseModel: "",
  /** a folder with tokenizer.json, or a Hub id; "" is that of `baseModel` */
  tokenizer: "",
  /** the hosted service wants one that begins with "tml-"; skyrl reads none */
  apiKey: "tml-none",
  /** "auto" asks the server what it is */
  server: "auto" as ServerName | "auto",
  /** a save that the policy begins with, "tinker://MODEL/weights/NAME"; "" is the untrained model */
  weights: "",
  /** tokens of prompt and response that the model reads at most */
  context: 32768,
  /** sampling requests in flight */
  inFlight: 64,
  /** optimizer steps between saves, from which a lost model is made again */
  keepEvery: 10,
  /** attempts at the first connection: a wrong address is told soon */
  attempts: 5,
  /** seconds that a server may be away later, while the run waits for it */
  patienceSeconds: 3600,
  /** seconds that the result of one call may take on the server; then it counts as an outage */
  resultSeconds: 3600,
  /** seconds of one call */
  timeoutSeconds: 120,
};

/** Options of `tinker`: its settings, and those of the adapters. */
export type TinkerOptions = Partial<typeof tinkerDefaults> & {
  readonly baseModel: string;
  readonly lora?: Partial<typeof tinkerLoraDefaults>;
};

/** A policy that a server of the Tinker API samples and trains. */
export interface TinkerPolicy extends ServedPolicy {
  /** Frees the model's place on the server and ends its session. */
  dispose(): Promise<void>;
}

const ranges = {
  baseModel: filledText,
  tokenizer: anyText,
  server: oneOf("auto", ...Object.keys(serverKinds)),
  context: whole(2),
  inFlight: whole(1),
  keepEvery: whole(1),
  attempts: whole(1),
  patienceSeconds: from(0),
  resultSeconds: above(0),
  timeoutSeconds: above(0),
};

/**
 * A policy whose weights live on a server that speaks the Tinker API: skyrl, skyrl-tx or the hosted service.
 *
 * ```ts
 * const policy = tinker("http://127.0.0.1:8000", { baseModel: "Qwen/Qwen3-4B", lora: { rank: 32 } });
 * await watch(train(policy, await pubmed(), { algorithm: grpo(), steps: 100 }));
 * ```
 *
 * It samples, trains, saves and resumes as a local policy does. Rewards are computed here. Nothing is sent before it is
 * used. While the server is away, calls wait for it; a model that the server has lost is made again from its last save,
 * and the optimizer steps since then are taken again, each once.
 *
 * Throws TypeError or RangeError for options that are wrong. Its methods throw SearchUnavailable where the server does
 * not answer or refuses the key, RangeError for a version that is not supported and for a model that is not served,
 * TypeError for a call that the server refuses.
 */
export function tinker(url: string, { lora = {}, ...options }: TinkerOptions): TinkerPolicy {
  const given = settings("tinker", tinkerDefaults, options, ranges, ["lora"]);
  const adapters = settings("tinker: lora", tinkerLoraDefaults, lora, { rank: whole(1), seed: whole(0) });
  if (!/^[\x21-\x7e]+$/.test(given.apiKey))
    throw new TypeError("tinker: apiKey is empty or has characters that no key has, such as a line end. Trim it.");
  const { server, weights, context, ...rest } = given;
  const parts: DurableSettings = {
    ...rest,
    url: addressOf("tinker", url),
    server: server === "auto" ? undefined : server,
    weights: weights === "" ? undefined : weights,
    lora: {
      rank: adapters.rank,
      seed: adapters.seed,
      train_attn: adapters.attention,
      train_mlp: adapters.mlp,
      train_unembed: adapters.unembed,
    },
    connectAttempts: given.attempts,
  };
  return policyOver(parts, { ...given, context });
}

/** The policy over a durable model. */
function policyOver(parts: DurableSettings, given: typeof tinkerDefaults): TinkerPolicy {
  const { baseModel, context, inFlight } = given;
  const model = durableModel(parts);
  let tokenizer: Tokenizer | undefined;
  let weights = parts.weights;
  const ready = async (signal?: AbortSignal): Promise<Tokenizer> => {
    await model.ready(signal);
    return (tokenizer ??= await findTokenizer(given.tokenizer || baseModel));
  };
  return {
    served: true,
    name: baseModel,
    about: () => ({ server: parts.url.host, api: "tinker", rank: parts.lora.rank, updates: model.updates }),
    get tokenizer() {
      if (!tokenizer) throw new TypeError("tinker: the tokenizer is read when the policy connects: await ready().");
      return tokenizer;
    },
    get updates() {
      return model.updates;
    },
    get weights() {
      return weights;
    },
    ready: async (signal) => void (await ready(signal)),
    context,
    room: (prompt) => Math.max(0, context - (tokenizer?.encode(prompt).length ?? 0)),
    expectTrains,
    async generate(prompts, options = {}) {
      return sampled(model, await ready(options.signal), prompts, options, { inFlight, ...parts });
    },
    logps: (sequences, signal) => measuredBy(model, sequences, signal),
    async update(update, { learningRate, weightDecay, maxNorm }, signal) {
      const { kind } = await model.ready(signal);
      if (maxNorm !== Infinity && !kind.clipsGradients) warnOfClipping(kind.title);
      const { metrics } = await model.step(
        gradientData(update, kind),
        "importance_sampling",
        {
          learning_rate: learningRate,
          beta1: 0.9,
          beta2: 0.999,
          eps: 1e-8,
          weight_decay: weightDecay,
          grad_clip_norm: maxNorm === Infinity ? 0 : maxNorm,
        },
        signal,
      );
      const norm = Object.entries(metrics).find(([name]) => /(^|\/)grad_norm\b/.test(name))?.[1];
      return norm === undefined ? {} : { "actor/grad_norm": norm };
    },
    reference(of) {
      if (of === undefined) return untrainedBy(model, baseModel, parts);
      const frozen = durableModel({ ...parts, weights: of });
      return {
        logps: (sequences, signal) => measuredBy(frozen, sequences, signal),
        dispose: () => frozen.dispose(),
      };
    },
    save: (name, signal) => model.save(name, signal),
    async restore(path, signal) {
      await model.restore(path, signal);
      weights = path;
    },
    dispose: () => model.dispose(),
  };
}

const measuredBy = async (
  model: DurableModel,
  sequences: readonly Sequence[],
  signal?: AbortSignal,
): Promise<number[][]> => {
  if (sequences.length === 0) return [];
  const { logprobs } = await model.forward(sequences.map(measured), signal);
  return sequences.map((sequence, i) => ofResponse(sequence, logprobs[i]!));
};

/** The model without its adapters, which a server measures as the prompt of a sampling request. */
function untrainedBy(model: DurableModel, base_model: string, patience: Parameters<typeof waitingOf>[0]) {
  return {
    logps: (sequences: readonly Sequence[], signal?: AbortSignal) =>
      model.sampling(
        (remote) =>
          Promise.all(
            sequences.map(async ({ prompt, response }) => {
              const params = { max_tokens: 1, temperature: 1, top_k: -1, top_p: 1, seed: 0 };
              const whole = { prompt: [...prompt, ...response], samples: 1, params, promptLogprobs: true };
              const { promptLogprobs = [] } = await remote.sample({ base_model }, whole, waitingOf(patience, signal));
              if (promptLogprobs.length < response.length)
                throw new TypeError(
                  "tinker: the server sends no log-probabilities of prompts. Set klCoefficient to 0.",
                );
              return promptLogprobs.slice(promptLogprobs.length - response.length);
            }),
          ),
        signal,
      ),
    dispose: async () => undefined,
  };
}

const warned = new Set<string>();

function warnOfClipping(title: string): void {
  if (warned.has(title)) return;
  warned.add(title);
  process.emitWarning(
    `${title} does not clip gradients: maxGradNorm has no effect. Set it to Infinity, and lower the learning rate if ` +
      "training is unstable.",
    "TinkerWarning",
  );
}
