import { equalRuns, type EqualRun } from "../../core/calls/equal-runs";
import { mapLimit } from "../../core/calls/limit";
import { SearchUnavailable } from "../../core/errors";
import { wallClock } from "../../core/http/clock";
import type { Random } from "../../core/random";
import type { Completion } from "../../core/records";
import { above, callable, from, list, oneOf, whole } from "../../core/ranges";
import { settings } from "../../core/settings";
import { openAI } from "../../models/remote/openai";
import type { Usage } from "../../models/remote/remote-policy";
import type { Tokenizer } from "../../models/tokenizers/tokenizer";
import type { RolloutEngine } from "../../training/rollout-engine";
import { lookAt, type Replica, replicaOf, takeOut } from "./replica";

/** The servers that are known here, and what keeps each of them from cutting its distribution. */
const engines = {
  vllm: { server: "vllm", together: true, listed: true, extra: { top_k: -1, min_p: 0, return_token_ids: true } },
  sglang: { server: "sglang", together: true, listed: true, extra: { top_k: -1, min_p: 0 } },
  "llama-cpp-python": {
    server: "llama.cpp",
    together: false,
    listed: false,
    extra: { top_k: 0, min_p: 0, repeat_penalty: 1 },
  },
  "llama.cpp": {
    server: "llama.cpp",
    together: false,
    listed: false,
    extra: { top_k: 0, min_p: 0, repeat_last_n: -1 },
  },
} as const;

/** Settings of `replicas`. */
export const replicasDefaults = {
  engine: "vllm" as keyof typeof engines,
  apiKey: "",
  /** requests in flight at each server */
  inFlight: 8,
  /** seconds of one request */
  timeoutSeconds: 600,
  /** seconds between two looks at a server that was taken out */
  healthSeconds: 2,
  /** seconds that the run waits while no server answers; then SearchUnavailable is thrown */
  patienceSeconds: 3600,
  /** reads the ids of tokens that a server tells by their texts alone: that of the policy that is trained */
  tokenizer: undefined as Pick<Tokenizer, "encode" | "decode"> | undefined,
  /** a text that the server itself puts before every prompt, such as its <|begin_of_text|>: it is not sent twice */
  begins: "",
  /** further fields of every request */
  extra: {} as Readonly<Record<string, unknown>>,
  /** gives the servers the weights of the policy before every step; without it they keep those that they began with */
  sync: undefined as RolloutEngine["sync"] | undefined,
};

/** The state of one server. */
export interface ReplicaState {
  readonly url: string;
  readonly healthy: boolean; // false: it was taken out, and is looked at again
  readonly load: number; // completions that it is writing
  readonly why: string; // why it was taken out last; "" where it never was
}

/** Several servers of one model, as one. */
export interface Replicas extends RolloutEngine {
  /** The state of every server. A new list at each call. */
  readonly state: readonly ReplicaState[];
  readonly usage: Usage; // of all servers
}

/**
 * One model behind several OpenAI-compatible servers: vLLM, SGLang, llama.cpp. Prompts are sent as they are, and
 * equal prompts in a row go as one request with `n` where the server has that. Each request goes to the server that has
 * the fewest completions to write.
 *
 * ```ts
 * const engine = replicas(["http://a:8000/v1", "http://b:8000/v1"], "Qwen/Qwen2.5-3B-Instruct");
 * const questions = await pubmed();
 * train(policy, questions, { algorithm: grpo(), sampler: engine }); // or rewriter(engine, questions), to evaluate
 * ```
 *
 * A server that does not answer is taken out, and its requests go to the others: at once where a request fails, and
 * after three looks in a row that it does not answer while it writes. So is one that was started again with another
 * model. It is looked at again and comes back when it answers and serves the model. While none answers, the call waits.
 * A completion does not depend on the server that wrote it, as far as its seed fixes its text. A server that answers
 * looks and never finishes a request is taken out after `timeoutSeconds`.
 *
 * Throws TypeError for a request that a server refuses, RangeError where none serves the model, with what they serve,
 * SearchUnavailable where no server answers for `patienceSeconds` or a key is refused, Interrupted. An outage is never
 * a completion.
 */
export function replicas(
  urls: readonly string[],
  model: string,
  options: Partial<typeof replicasDefaults> = {},
): Replicas {
  if (!list.fits(urls) || urls.length === 0)
    throw new TypeError('replicas: there is no server in the list. Write ["http://127.0.0.1:8000/v1"].');
  const given = settings("replicas", replicasDefaults, options, {
    engine: oneOf(...Object.keys(engines)),
    inFlight: whole(1),
    timeoutSeconds: above(0),
    healthSeconds: above(0),
    patienceSeconds: from(0),
    ...(options.sync && { sync: callable }),
  });
  const { engine, apiKey, inFlight, timeoutSeconds, healthSeconds, patienceSeconds, tokenizer, begins, sync } = given;
  const { server, together, listed, extra } = engines[engine];
  const all = urls.map((url) =>
    replicaOf(
      url,
      openAI(url, model, {
        ...{ apiKey, inFlight, timeoutSeconds, server, together, attempts: 1, extra: { ...extra, ...given.extra } },
        ...(tokenizer && { tokenizer }),
      }),
    ),
  );

  /**
   * Looks at the servers that were taken out and at those that are writing, not more often than every `healthSeconds`.
   * It outlives a short call.
   */
  let looked = -Infinity;
  const look = async (): Promise<void> => {
    if (performance.now() - looked < healthSeconds * 900) return;
    looked = performance.now();
    const doubtful = all.filter(({ healthy, load }) => !healthy || load > 0);
    const seconds = Math.max(healthSeconds, 1);
    await Promise.all(doubtful.map((replica) => lookAt(replica, { model, listed, apiKey, seconds })));
  };
  /** The server with the fewest completions to write; waits while there is none. */
  const free = async (signal: AbortSignal): Promise<Replica> => {
    for (let waited = 0; ; waited += healthSeconds) {
      const healthy = all.filter((replica) => replica.healthy);
      const [least] = healthy.sort((a, b) => a.load - b.load);
      if (least) return least;
      const others = all.map(({ url, why }) => `${url}: ${why}`).join("; ");
      if (all.every(({ foreign }) => foreign))
        throw new RangeError(`replicas: none of the ${all.length} servers serves ${JSON.stringify(model)}. ${others}`);
      if (waited >= patienceSeconds)
        throw new SearchUnavailable(
          model,
          `none of its ${all.length} servers answers: ${others}`,
          "Start one of them.",
          { outage: "network" },
        );
      await wallClock.sleep(healthSeconds * 1000, signal);
      await look();
    }
  };
  const written = async (
    { item: prompt, from: place, count }: EqualRun<string>,
    sampling: NonNullable<Parameters<RolloutEngine["generate"]>[1]>,
    signal: AbortSignal,
  ): Promise<readonly Completion[]> => {
    const { rng } = sampling;
    const own: Random | undefined = rng && {
      ...rng,
      fork: (row: string | number, ...path: readonly (string | number)[]) => rng.fork(place + Number(row), ...path),
    };
    const text = begins !== "" && prompt.startsWith(begins) ? prompt.slice(begins.length) : prompt;
    for (;;) {
      const replica = await free(signal);
      const { stop } = replica;
      replica.load += count;
      try {
        return await replica.policy.generate(Array<string>(count).fill(text), {
          ...sampling,
          signal: AbortSignal.any([signal, stop.signal]),
          ...(own && { rng: own }),
        });
      } catch (error) {
        if (stop.signal.aborted && !signal.aborted) continue; // it was taken out meanwhile
        const { name, outage } = error as { readonly name: string; readonly outage?: string };
        if (name !== "ModelNotServed" && (name !== "SearchUnavailable" || outage === "refused")) throw error;
        takeOut(replica, error as Error); // the others write what it had
      } finally {
        replica.load -= count;
      }
    }
  };

  return {
    name: model,
    about: () => ({ servers: all.length, engine, api: "completions" }),
    ...(sync && { sync }),
    get state() {
      return all.map(({ url, healthy, load, why }) => ({ url, healthy, load, why }));
    },
    get usage() {
      const total = { requests: 0, promptTokens: 0, completionTokens: 0, unmetered: 0, cost: 0 };
      for (const { policy } of all)
        for (const key of Object.keys(total) as (keyof Usage)[]) total[key] += policy.usage[key];
      return total;
    },
    async generate(prompts, { onCompletion, ...sampling } = {}) {
      const failed = new AbortController();
      const signal = sampling.signal ? AbortSignal.any([sampling.signal, failed.signal]) : failed.signal;
      const looking = setInterval(() => void look(), healthSeconds * 1000).unref();
      void look();
      const runs = together ? equalRuns(prompts) : prompts.map((item, place) => ({ item, from: place, count: 1 }));
      try {
        const each = await mapLimit(runs, inFlight * all.length, async (run) => {
          const completions = await written(run, sampling, signal);
          completions.forEach((completion, i) => onCompletion?.(run.from + i, completion));
          return completions;
        });
        return each.flat();
      } finally {
        clearInterval(looking);
        failed.abort(); // the open requests would be paid for and not used
      }
    },
  };
}
