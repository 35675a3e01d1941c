import { unsupported, type Connection } from "../calls/connection";
import { isLoss, type Outcome, resultOf } from "../calls/future";
import { detailOf, type ServerReply } from "../calls/send";
import { jsonPass, passOfJson, samplesOfJson } from "../wire/json";
import { decodePass, decodeSamples, encodePass } from "../wire/protobuf";
import type { Datum, Pass, PassResult, SampleResult } from "../wire/records";
import { chunks } from "./datum";
import { LostModel } from "./lost-model";
import type { Session } from "./session";

/** Settings of AdamW as the wire names them. */
export interface AdamParams {
  readonly learning_rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weight_decay: number;
  readonly grad_clip_norm: number; // 0 is no clipping
}

/** Settings of low-rank adapters that the wire has. */
export interface RemoteLora {
  readonly rank: number;
  readonly seed: number;
  readonly train_attn: boolean;
  readonly train_mlp: boolean;
  readonly train_unembed: boolean;
}

/** How long a call is repeated while the server does not answer. */
export interface Waiting {
  readonly attempts: number;
  readonly resultSeconds: number; // that the result of a call may take
  readonly signal?: AbortSignal | undefined;
}

/** One sampling request. */
export interface Sampling {
  readonly prompt: readonly number[];
  readonly samples: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly promptLogprobs?: boolean;
}

/** A model of a session, as the server has it. Every method throws LostModel where the server has it no more. */
export interface RemoteModel {
  readonly id: string;
  /** log π of the targets. */
  forward(data: readonly Datum[], waiting: Waiting): Promise<PassResult>;
  /** One optimizer step: passes and optim_step are sent without waiting in between, and then both are read. */
  step(data: readonly Datum[], loss: string, adam: AdamParams, waiting: Waiting): Promise<StepResult>;
  /** Saves weights and moments under a name. Resolves to their path. */
  save(name: string, waiting: Waiting): Promise<string>;
  /** Loads weights and moments. It must be the first call where the server wants that. */
  load(path: string, waiting: Waiting): Promise<void>;
  /** Saves the weights for sampling. Resolves to the body fields by which they are sampled. */
  publish(waiting: Waiting): Promise<object>;
  /** Samples from what `publish` resolved to, or from { base_model }. */
  sample(from: object, sampling: Sampling, waiting: Waiting): Promise<SampleResult>;
  unload(waiting: Pick<Waiting, "attempts" | "signal">): Promise<void>;
}

/** What an optimizer step came to. */
export interface StepResult {
  readonly passes: readonly PassResult[];
  readonly metrics: Readonly<Record<string, number>>; // of optim_step
}

let publications = 0; // sampling_session_seq_id: one for every save that is sampled, whatever its model

/**
 * Makes a model in a session. One counter gives its calls their `seq_id`, by which the server orders them and knows a
 * repeated one. Throws TypeError for a call that the server refuses, SearchUnavailable for an outage, Interrupted.
 */
export async function remoteModel(
  connection: Connection,
  { id: session_id }: Session,
  { baseModel, lora }: { readonly baseModel: string; readonly lora: RemoteLora },
  number: number,
  waiting: Waiting,
): Promise<RemoteModel> {
  const { address, kind, call, limits } = connection;
  let seq = 0;
  let asked = 0; // sampling calls

  /** Sends a call; resolves to the id of its future. */
  const submit = async (
    path: string,
    body: object | Uint8Array,
    { attempts, signal }: Waiting,
    accepted = 200, // a further status that is an answer
  ): Promise<ServerReply> => {
    const reply = await call({ path, body, attempts, signal });
    const { status } = reply;
    if (status === accepted) return reply;
    const why = detailOf(reply);
    if (status === 404 && isLoss(why)) throw new LostModel(why);
    if (status === 415 || (status === 404 && /^HTTP 404: Not Found$/.test(why)) || status === 405)
      throw unsupported(address.name, path, reply);
    if (status >= 400) throw refused(path, why);
    return reply;
  };
  const idOf = (path: string, { json }: ServerReply): string => {
    const { request_id } = (json ?? {}) as { request_id?: unknown };
    if (request_id === undefined) throw refused(path, `a reply without request_id: ${JSON.stringify(json)}`);
    return String(request_id);
  };
  const refused = (path: string, why: string): TypeError =>
    new TypeError(`tinker: ${address.name} refuses ${path}: ${why}`);
  /** Submits a call, waits for its result, and sends the very same call again where the server forgot it. */
  const awaited = async (
    path: string,
    body: object | Uint8Array,
    wait: Waiting,
    first?: ServerReply,
  ): Promise<ServerReply> => {
    let reply = first ?? (await submit(path, body, wait));
    for (let tries = 1; ; tries++) {
      const outcome: Outcome = await resultOf(address, idOf(path, reply), wait);
      if (outcome.kind === "done") return outcome.reply;
      if (outcome.kind === "failed") throw refused(path, outcome.why);
      if (outcome.kind === "lost" || tries >= wait.attempts) throw new LostModel(outcome.why);
      reply = await submit(path, body, wait);
    }
  };
  const bodyOf = (pass: Omit<Pass, "modelId" | "seqId">): object | Uint8Array => {
    const whole = { ...pass, modelId: id, seqId: ++seq };
    return kind.wire === "protobuf" ? encodePass(whole) : jsonPass(whole);
  };
  const readPass = (path: string, { bytes, json }: ServerReply): PassResult => {
    const result = bytes ? decodePass(bytes) : passOfJson(json);
    if (!result) throw refused(path, `a result that is none: ${JSON.stringify(json)?.slice(0, 200)}`);
    return result;
  };
  /**
   * A save whose name is taken was sent twice, since every name is used once. Resolves to its path when it is there.
   */
  const expectSaved = async (taken: ServerReply, path: string, { attempts, signal }: Waiting): Promise<string> => {
    const reply = await call({ path: "weights_info", body: { tinker_path: path }, attempts, signal });
    if (reply.status !== 200) throw refused("save_weights", detailOf(taken));
    return path;
  };
  const forwardPath = kind.wire === "protobuf" ? "forward_backward" : "forward";

  const created = await submit(
    "create_model",
    { session_id, model_seq_id: number, base_model: baseModel, lora_config: lora, type: "create_model" },
    waiting,
  );
  const { model_id } = created.json as { model_id?: unknown };
  const made = (await awaited("create_model", {}, waiting, created)).json as { model_id?: unknown } | undefined;
  const id = String(model_id ?? made?.model_id);

  const model: RemoteModel = {
    id,
    async forward(data, wait) {
      const results: PassResult[] = [];
      for (const part of chunks(data, limits)) {
        const body = bodyOf({ data: part, loss: "cross_entropy", forwardOnly: true });
        results.push(readPass(forwardPath, await awaited(forwardPath, body, wait)));
      }
      return joined(results);
    },
    async step(data, loss, adam, wait) {
      const bodies = chunks(data, limits).map((part) => bodyOf({ data: part, loss }));
      const optim = { model_id: id, adam_params: adam, seq_id: ++seq, type: "optim_step" };
      const sent: ServerReply[] = [];
      for (const body of bodies) sent.push(await submit("forward_backward", body, wait));
      const last = await submit("optim_step", optim, wait);
      const passes: PassResult[] = [];
      for (const [i, body] of bodies.entries())
        passes.push(readPass("forward_backward", await awaited("forward_backward", body, wait, sent[i])));
      const { json } = await awaited("optim_step", optim, wait, last);
      return { passes, metrics: ((json as { metrics?: unknown }).metrics ?? {}) as StepResult["metrics"] };
    },
    async save(name, wait) {
      const usual = `tinker://${id}/weights/${name}`;
      const body = { model_id: id, path: name, seq_id: ++seq, type: "save_weights" };
      const first = await submit("save_weights", body, wait, 409);
      if (first.status === 409) return expectSaved(first, usual, wait);
      return pathOf((await awaited("save_weights", body, wait, first)).json, usual);
    },
    async load(path, wait) {
      const body = { model_id: id, path, optimizer: true, seq_id: ++seq, type: "load_weights" };
      await awaited("load_weights", body, wait);
    },
    async publish(wait) {
      const body = {
        model_id: id,
        seq_id: ++seq,
        sampling_session_seq_id: publications++,
        type: "save_weights_for_sampler",
      };
      const first = await submit("save_weights_for_sampler", body, wait, 409);
      if (first.status === 409) return model.publish(wait); // it was a repetition; the next number is free
      const { json } = await awaited("save_weights_for_sampler", body, wait, first);
      const { sampling_session_id } = (json ?? {}) as { sampling_session_id?: unknown };
      return typeof sampling_session_id === "string" ? { sampling_session_id } : { model_path: pathOf(json, "") };
    },
    async sample(from, { prompt, samples, params, promptLogprobs = false }, wait) {
      const body = {
        num_samples: samples,
        prompt: { chunks: [{ type: "encoded_text", tokens: prompt }] },
        sampling_params: params,
        ...from,
        seq_id: asked++,
        prompt_logprobs: promptLogprobs,
        topk_prompt_logprobs: 0,
        type: "sample",
      };
      const { bytes, json } = await awaited("asample", body, wait);
      const result = bytes ? decodeSamples(bytes) : samplesOfJson(json);
      if (!result) throw refused("asample", `a result that is none: ${JSON.stringify(json)?.slice(0, 200)}`);
      return result;
    },
    async unload({ attempts, signal }) {
      await call({ path: "unload_model", body: { model_id: id, type: "unload_model" }, attempts, signal });
    },
  };
  return model;
}

const pathOf = (json: unknown, usual: string): string => {
  const { path } = (json ?? {}) as { path?: unknown };
  return typeof path === "string" ? path : usual;
};

const joined = (results: readonly PassResult[]): PassResult => ({
  logprobs: results.flatMap(({ logprobs }) => logprobs),
  losses: results.flatMap(({ losses }) => losses),
  metrics: results[0]?.metrics ?? {},
});
