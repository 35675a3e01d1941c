import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Root } from "protobufjs/light";
import { protoFields } from "../../../lib/scaling/tinker/wire/proto-fields";
import { fromBytes, toBytes } from "../../../lib/scaling/tinker/wire/little-endian";
import { Bigram, type ReadDatum } from "./bigram";

/** A call as the server saw it. */
export interface Seen {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage["headers"];
}

/** What a reply is replaced by: a status and JSON, or "reset" for a connection that breaks after the work was done. */
export type Mischief = { readonly status: number; readonly json: unknown } | "reset" | undefined;

export interface FakeOptions {
  readonly wire?: "protobuf" | "json"; // "protobuf"
  readonly normalisation?: "mean" | "sum"; // "mean", as in skyrl's JAX backend
  readonly flags?: object; // of client/config
  readonly slots?: number; // models at once
  readonly size?: number; // of the vocabulary
  /** Changes the reply to a call; `number` counts the calls of its path from 1. */
  readonly mischief?: (path: string, number: number, body: Record<string, unknown>) => Mischief;
}

interface Model {
  readonly bigram: Bigram;
  requests: number;
  readonly seen: Map<number, { text: string; id: string }>;
}

/**
 * A Tinker server on loopback with a bigram model. It behaves as skyrl 0.4.0 does with its JAX backend, its faults
 * included: gradients are means, sampling an older save overwrites what is trained, any base model is taken, and a
 * model is loaded only as its first request.
 */
export class FakeServer {
  readonly seen: Seen[] = [];
  readonly models = new Map<string, Model>();
  readonly saves = new Map<string, Float64Array>();
  steps = 0; // optimizer steps applied, whatever the model
  served = "tiny"; // the name of its base model
  private readonly futures = new Map<string, { json?: unknown; bytes?: Uint8Array; error?: string }>();
  private readonly sessions = new Set<string>();
  private readonly sampled = new Map<string, { model: string; table: Float64Array }>();
  private readonly counts = new Map<string, number>();
  private ids = 0;
  private port = 0;
  private server = createServer((request, response) => void this.answer(request, response));
  constructor(readonly options: FakeOptions = {}) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
  /** Forgets what a restarted server forgets: models, and sessions; saves are on its disk. */
  forget(): void {
    this.models.clear();
    this.sampled.clear();
  }
  async restart(): Promise<void> {
    await this.stop();
    this.forget();
    this.server = createServer((request, response) => void this.answer(request, response));
    await this.start();
  }
  calls(path: string): Seen[] {
    return this.seen.filter((one) => one.path === path);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const raw = Buffer.concat(parts);
    const path = request.url!.replace("/api/v1/", "");
    const isProto = request.headers["content-type"] === "application/x-protobuf";
    const body = (isProto ? readProto(raw) : raw.length ? JSON.parse(raw.toString()) : {}) as Record<string, unknown>;
    this.seen.push({ path, body, headers: request.headers });
    const number = (this.counts.get(path) ?? 0) + 1;
    this.counts.set(path, number);
    const other = this.options.mischief?.(path, number, body);
    let [status, json, bytes]: [number, unknown, Uint8Array | undefined] = [200, undefined, undefined];
    if (other === undefined || other === "reset") {
      try {
        const reply = this.handle(path, body, isProto);
        if (reply instanceof Uint8Array) bytes = reply;
        else json = reply;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        [status, json] = [error.status, { detail: error.message }];
      }
    } else [status, json] = [other.status, other.json];
    if (other === "reset") return void request.socket.resetAndDestroy();
    response.writeHead(status, { "content-type": bytes ? "application/x-protobuf" : "application/json" });
    response.end(bytes ?? JSON.stringify(json));
  }

  private handle(path: string, body: Record<string, unknown>, isProto: boolean): unknown {
    const { wire = "protobuf", slots = 3, flags = { pjwt_auth_enabled: false } } = this.options;
    const modelId = String(body["model_id"]);
    if (path === "client/config" && wire === "protobuf") return flags;
    if (path === "auth/token") return { jwt: "eyJfake.e30.x" };
    if (path === "get_server_capabilities") return { supported_models: [{ model_name: this.served }] };
    if (path === "create_session") {
      const id = `session_${++this.ids}`;
      this.sessions.add(id);
      return { session_id: id, error_message: null };
    }
    if (path === "session_heartbeat") return { type: "session_heartbeat" };
    if (path === "create_model") {
      const id = `model_${++this.ids}`;
      if (this.models.size >= slots)
        return { model_id: id, ...this.promise({ error: `Maximum number of LoRA adapters (${slots + 1}) reached` }) };
      const { seed } = body["lora_config"] as { seed: number };
      this.models.set(id, { bigram: new Bigram(this.options.size ?? 300, seed), requests: 0, seen: new Map() });
      return { model_id: id, ...this.promise({ json: { model_id: id } }) };
    }
    if (path === "retrieve_future") {
      const future = this.futures.get(String(body["request_id"]));
      if (!future) throw new Refusal(404, "Future not found");
      if (future.error) throw new Refusal(400, future.error);
      return future.bytes ?? future.json;
    }
    if (path === "weights_info") {
      if (!this.saves.has(String(body["tinker_path"]))) throw new Refusal(404, "Checkpoint not found");
      return { base_model: "tiny", is_lora: true };
    }
    if (path.startsWith("training_runs/")) return {};
    if (path === "unload_model") {
      this.models.delete(modelId);
      return this.promise({ json: {} });
    }
    if (path === "asample") return this.sample(body);
    const known = ["forward", "forward_backward", "optim_step", "save_weights", "load_weights"];
    if (!known.includes(path) && path !== "save_weights_for_sampler") throw new Refusal(404, "Not Found");
    if (path === "forward" && wire === "protobuf") throw new Refusal(404, "Not Found");
    if (path === "forward_backward" && isProto !== (wire === "protobuf"))
      throw new Refusal(415, "forward_backward requires a application/x-protobuf body (tinker SDK >= 0.25.0)");
    const model = this.models.get(modelId);
    if (!model) throw new Refusal(404, "Model not found");
    return this.once(model, body, path, () => this.work(path, model, modelId, body));
  }

  /** The same seq_id and body give the same promise; another body is refused. */
  private once(model: Model, body: Record<string, unknown>, path: string, work: () => object): object {
    const seq = Number(body["seq_id"]);
    const text = path + JSON.stringify(body);
    const before = model.seen.get(seq);
    if (before?.text === text) return { request_id: before.id };
    if (before) throw new Refusal(409, "Training request sequence number was reused");
    const promise = work() as { request_id: string };
    model.seen.set(seq, { text, id: promise.request_id });
    model.requests++;
    return promise;
  }

  private work(path: string, model: Model, modelId: string, body: Record<string, unknown>): object {
    const { normalisation = "mean", wire = "protobuf" } = this.options;
    const { bigram } = model;
    if (path === "optim_step") {
      const { learning_rate } = body["adam_params"] as { learning_rate: number };
      this.steps++;
      const norm = bigram.step(learning_rate, normalisation);
      return this.promise({ json: { metrics: wire === "json" ? null : { "skyrl.ai/grad_norm": norm } } });
    }
    if (path === "load_weights") {
      const save = this.saves.get(String(body["path"]));
      if (model.requests > 0) throw new Refusal(400, `LoadWeights is not permitted with seq_id ${body["seq_id"]}`);
      if (!save) throw new Refusal(404, `Checkpoint not found: ${String(body["path"])}`);
      bigram.table.set(save);
      return this.promise({ json: {} });
    }
    if (path === "save_weights") {
      const place = `tinker://${modelId}/weights/${String(body["path"])}`;
      if (!/^[A-Za-z0-9_-]+$/.test(String(body["path"]))) throw new Refusal(422, "no such name");
      if (this.saves.has(place)) throw new Refusal(409, "Checkpoint already exists");
      this.saves.set(place, bigram.table.slice());
      return this.promise({ json: { path: place, type: "save_weights" } });
    }
    if (path === "save_weights_for_sampler") {
      const id = `sampling_${++this.ids}`;
      this.sampled.set(id, { model: modelId, table: bigram.table.slice() });
      return this.promise({ json: { path: null, sampling_session_id: id } });
    }
    const given = (body["forward_input"] ?? body["forward_backward_input"] ?? body) as {
      data: unknown[];
      loss_fn: string;
    };
    const learn = path === "forward_backward" && body["forward_only"] !== true;
    const data = given.data.map((datum) => (wire === "json" ? readJsonDatum(datum) : (datum as ReadDatum)));
    const rows = data.map((datum) => bigram.pass(datum, given.loss_fn, normalisation, learn));
    const logprobs = rows.map(({ logps }) => logps);
    const losses = rows.map((row) => row.losses);
    if (wire === "protobuf") return this.promise({ bytes: writePass(logprobs, losses) });
    const outputs = rows.map((row) => ({ logprobs: { data: row.logps }, elementwise_loss: { data: row.losses } }));
    return this.promise({ json: { loss_fn_output_type: "scalar", loss_fn_outputs: outputs, metrics: {} } });
  }

  private sample(body: Record<string, unknown>): object {
    const { wire = "protobuf" } = this.options;
    const params = body["sampling_params"] as Record<string, number> & { stop?: number[] };
    if (params["max_tokens"] === undefined) throw new Refusal(400, "max_tokens is currently required");
    const { tokens: prompt } = (body["prompt"] as { chunks: { tokens: number[] }[] }).chunks[0]!;
    let bigram = new Bigram(this.options.size ?? 300, 0); // of the base model
    if (body["base_model"] === undefined) {
      const session = this.sampled.get(String(body["sampling_session_id"]));
      if (!session) throw new Refusal(404, "Sampling session not found");
      const model = this.models.get(session.model);
      if (!model) throw new Refusal(404, "Model not found");
      model.bigram.table.set(session.table); // the fault: an older save overwrites what is trained
      bigram = model.bigram;
    }
    const sequences = Array.from({ length: Number(body["num_samples"]) }, (_, i) =>
      bigram.sample(
        prompt,
        params["max_tokens"]!,
        params.stop ?? [],
        (params["seed"] ?? 0) + i,
        params["temperature"] ?? 1,
      ),
    );
    const promptLogprobs = prompt.slice(1).map((token, i) => bigram.logps(prompt[i]!)[token]!);
    const asked = body["prompt_logprobs"] === true;
    if (wire === "protobuf")
      return this.promise({ bytes: writeSamples(sequences, asked ? promptLogprobs : undefined) });
    const json = sequences.map(({ stopped, ...rest }) => ({ ...rest, stop_reason: stopped ? "stop" : "length" }));
    return this.promise({ json: { sequences: json, prompt_logprobs: asked ? promptLogprobs : null } });
  }

  private promise(result: { json?: unknown; bytes?: Uint8Array; error?: string }): { request_id: string } {
    const id = String(++this.ids);
    this.futures.set(id, result);
    return { request_id: id };
  }
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

const root = Root.fromJSON(protoFields);
type Tensors = Record<string, { dense: Uint8Array; dtype: number }>;

function readProto(raw: Uint8Array): Record<string, unknown> {
  const type = root.lookupType("ForwardBackwardRequest");
  const { data, ...rest } = type.toObject(type.decode(raw), { defaults: true, arrays: true, objects: true }) as {
    data: { model_input: { encoded_text: { tokens: Uint8Array } }[]; loss_fn_inputs: Tensors }[];
  };
  const numbers = (tensors: Tensors, name: string) =>
    tensors[name] && fromBytes(tensors[name]!.dtype === 2 ? "int64" : "float32", tensors[name]!.dense);
  return {
    ...rest,
    data: data.map(({ model_input, loss_fn_inputs: tensors }) => ({
      tokens: fromBytes("int32", model_input[0]!.encoded_text.tokens),
      targets: numbers(tensors, "target_tokens"),
      weights: numbers(tensors, "weights"),
      logprobs: numbers(tensors, "logprobs"),
      advantages: numbers(tensors, "advantages"),
    })),
  };
}

function readJsonDatum(datum: unknown): ReadDatum {
  const { model_input, loss_fn_inputs: inputs } = datum as {
    model_input: { chunks: { tokens: number[] }[] };
    loss_fn_inputs: Record<string, { data: number[] } | undefined>;
  };
  return {
    tokens: model_input.chunks[0]!.tokens,
    targets: inputs["target_tokens"]!.data,
    weights: inputs["weights"]?.data,
    logprobs: inputs["logprobs"]?.data,
    advantages: inputs["advantages"]?.data,
  };
}

function writePass(logprobs: number[][], losses: number[][]): Uint8Array {
  const batch = (rows: number[][]) => ({
    data: Buffer.concat(rows.map((row) => toBytes("float32", row))),
    offsets: toBytes(
      "int64",
      rows.reduce((ends, row) => [...ends, ends.at(-1)! + 4 * row.length], [0]),
    ),
    dtype: 1,
  });
  const type = root.lookupType("ForwardBackwardOutput");
  const record = {
    num_datums: logprobs.length,
    fields: { logprobs: batch(logprobs), elementwise_loss: batch(losses) },
  };
  return type.encode(type.create({ loss_fn_output_type: "scalar", loss_fn_outputs: [record] })).finish();
}

function writeSamples(
  sequences: readonly { tokens: number[]; logprobs: number[]; stopped: boolean }[],
  promptLogprobs: number[] | undefined,
): Uint8Array {
  const type = root.lookupType("SampleResponse");
  return type
    .encode(
      type.create({
        sequences: sequences.map(({ tokens, logprobs, stopped }) => ({
          stop_reason: stopped ? 0 : 1,
          tokens: toBytes("int32", tokens),
          logprobs: toBytes("float32", logprobs),
        })),
        ...(promptLogprobs && { prompt_logprobs: toBytes("float32", promptLogprobs) }),
      }),
    )
    .finish();
}
