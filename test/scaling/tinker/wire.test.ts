import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonPass, passOfJson, samplesOfJson } from "../../../lib/scaling/tinker/wire/json";
import { decodePass, decodeSamples, encodePass, withoutFirst } from "../../../lib/scaling/tinker/wire/protobuf";
import type { Datum, Pass } from "../../../lib/scaling/tinker/wire/records";
import { fromBfloat16, fromBytes, toBytes } from "../../../lib/scaling/tinker/wire/little-endian";
import { sharedJson } from "../../fixtures";

test("numbers go over the wire little-endian: int32, int64, float32 and the upper halves of float32", () => {
  assert.equal([...toBytes("int32", [1, -2])], [1, 0, 0, 0, 254, 255, 255, 255]);
  assert.equal([...toBytes("int64", [258])], [2, 1, 0, 0, 0, 0, 0, 0]);
  assert.equal([...toBytes("float32", [1])], [0, 0, 128, 63]); // 0x3f800000
  assert.equal(fromBytes("int64", toBytes("int64", [2 ** 40])), [2 ** 40]);
  assert.equal(fromBfloat16(new Uint8Array([0x80, 0x3f, 0xc0, 0xbf])), [1, -1.5]); // 0x3f80, 0xbfc0
});

test("a pass has seq_id, tokens as int32, targets as int64 and a flag for no gradient, as protobuf says", () => {
  const bytes = encodePass({
    modelId: "m",
    seqId: 3,
    loss: "ppo",
    data: [{ tokens: [7], targets: [8] }],
    config: { clip_low_threshold: 0.5 },
    forwardOnly: true,
  });
  // 0a 01 "m": field 1, a text of one byte; 10 03: field 2, seq_id; 1a …: field 3, a datum; 22 03 "ppo"; 30 01
  const hex = Buffer.from(bytes).toString("hex");
  assert.ok(hex.startsWith("0a016d10031a"), hex);
  assert.match(hex, /220370706f/);
  assert.ok(hex.endsWith("3001"), hex);
  assert.match(hex, /0a080a060a0407000000/); // chunk, encoded_text, tokens: 07 00 00 00
});

test("prompts have log-probabilities for all tokens but the first, whether or not the first is there as none", () => {
  assert.equal(withoutFirst([null, -1, -2]), [-1, -2]); // the hosted service
  assert.equal(withoutFirst([NaN, -1, -2]), [-1, -2]); // the same in protobuf
  assert.equal(withoutFirst([-1, -2]), [-1, -2]); // a JAX backend
});

interface Exchange {
  readonly wire: string;
  readonly path: string;
  readonly request?: Record<string, unknown>;
  readonly request_proto?: { readonly decoded: WirePass; readonly b64: string };
  readonly response?: unknown;
  readonly response_proto?: { readonly message: string; readonly decoded: Decoded; readonly b64: string };
  readonly future_of?: string;
}
type WireTensor = { readonly dense: number[] } | undefined;
interface WirePass {
  readonly model_id: string;
  readonly seq_id: number;
  readonly loss_fn: string;
  readonly loss_fn_config?: Record<string, number>;
  readonly loss_fn_config_v2?: unknown;
  readonly forward_only?: boolean;
  readonly data: {
    readonly model_input: { readonly encoded_text: { readonly tokens: number[] } }[];
    readonly loss_fn_inputs: Record<string, WireTensor>;
  }[];
}
interface Decoded {
  readonly loss_fn_outputs: { readonly fields: Record<string, { data: number[]; offsets: number[] }> }[];
  readonly sequences: { readonly stop_reason: string; readonly tokens: number[]; readonly logprobs: number[] }[];
  readonly prompt_logprobs?: number[];
}

const recorded = sharedJson("golden/tinker_exchange.json") as { exchanges: Exchange[] } | undefined;
const exchanges = recorded?.exchanges;

const passOf = ({ model_id, seq_id, loss_fn, loss_fn_config, forward_only, data }: WirePass): Pass => ({
  modelId: model_id,
  seqId: seq_id,
  loss: loss_fn,
  ...(loss_fn_config && { config: loss_fn_config }),
  ...(forward_only && { forwardOnly: true }),
  data: data.map(
    ({ model_input, loss_fn_inputs: { target_tokens, weights, logprobs, advantages } }): Datum => ({
      tokens: model_input[0]!.encoded_text.tokens,
      targets: target_tokens!.dense,
      ...(weights && { weights: weights.dense }),
      ...(logprobs && { logprobs: logprobs.dense }),
      ...(advantages && { advantages: advantages.dense }),
    }),
  ),
});
const rounded = (rows: readonly (readonly number[])[]) =>
  rows.map((row) => row.map((x) => Math.round(x * 1e6) / 1e6 + 0));

if (exchanges) {
  test("every recorded request of the official client is written with as many bytes, and reads the same", () => {
    let count = 0;
    for (const { request_proto } of exchanges) {
      if (!request_proto || request_proto.decoded.loss_fn_config_v2) continue; // 0.38 writes its settings twice
      if (request_proto.decoded.data.some(({ loss_fn_inputs }) => !loss_fn_inputs["target_tokens"])) continue;
      const ours = encodePass(passOf(request_proto.decoded));
      // maps have no order: the bytes may be in another, and are the same ones
      const sorted = (bytes: Uint8Array) => Buffer.from(bytes).sort().toString("hex");
      const theirs = Buffer.from(request_proto.b64, "base64");
      assert.is(ours.length, theirs.length, request_proto.decoded.loss_fn);
      // the recording rounds log-probabilities to six places, so that their bytes differ
      if (!request_proto.decoded.data.some(({ loss_fn_inputs }) => loss_fn_inputs["logprobs"]))
        assert.is(sorted(ours), sorted(theirs), request_proto.decoded.loss_fn);
      count++;
    }
    assert.ok(count >= 15, `${count} requests`);
  });

  test("every recorded protobuf result is read as its recorder read it", () => {
    let [passes, samples] = [0, 0];
    for (const { response_proto } of exchanges) {
      if (!response_proto) continue;
      const { message, decoded, b64 } = response_proto;
      const bytes = Buffer.from(b64, "base64");
      if (message === "SampleResponse") {
        const { sequences, promptLogprobs } = decodeSamples(bytes);
        assert.equal(
          sequences.map(({ tokens, stopped }) => ({ tokens, stopped })),
          decoded.sequences.map(({ tokens, stop_reason }) => ({ tokens, stopped: stop_reason === "STOP_REASON_STOP" })),
        );
        assert.equal(
          rounded(sequences.map(({ logprobs }) => logprobs)),
          rounded(decoded.sequences.map((s) => s.logprobs)),
        );
        if (decoded.prompt_logprobs) assert.equal(rounded([promptLogprobs!]), rounded([decoded.prompt_logprobs]));
        samples++;
      } else {
        const { logprobs, losses } = decodePass(bytes);
        const fields = decoded.loss_fn_outputs[0]?.fields;
        assert.equal(rounded([logprobs.flat()]), rounded([fields?.["logprobs"]?.data ?? []]));
        assert.equal(rounded([losses.flat()]), rounded([fields?.["elementwise_loss"]?.data ?? []]));
        assert.is(logprobs.length, fields ? fields["logprobs"]!.offsets.length - 1 : 0);
        passes++;
      }
    }
    assert.ok(passes >= 10 && samples >= 5, `${passes} passes, ${samples} samples`);
  });

  test("the JSON of skyrl-tx is written and read as recorded", () => {
    const own = exchanges.filter(({ wire }) => wire.includes("skyrl-tx"));
    let count = 0;
    for (const { path, request, response, future_of } of own) {
      const input = (request?.["forward_input"] ?? request?.["forward_backward_input"]) as
        | {
            data: {
              model_input: { chunks: { tokens: number[] }[] };
              loss_fn_inputs: Record<string, { data: number[] }>;
            }[];
          }
        | undefined;
      if (/\/forward(_backward)?$/.test(path) && input) {
        const numbers = (inputs: Record<string, { data: number[] } | undefined>, name: string) => inputs[name]?.data;
        const pass = {
          modelId: String(request!["model_id"]),
          seqId: Number(request!["seq_id"]),
          loss: (input as unknown as { loss_fn: string }).loss_fn,
          forwardOnly: path.endsWith("/forward"),
          config: (input as unknown as { loss_fn_config: Record<string, number> | null }).loss_fn_config ?? undefined,
          data: input.data.map(({ model_input, loss_fn_inputs: inputs }) => ({
            tokens: model_input.chunks[0]!.tokens,
            targets: numbers(inputs, "target_tokens") ?? [],
            weights: numbers(inputs, "weights"),
            logprobs: numbers(inputs, "logprobs"),
            advantages: numbers(inputs, "advantages"),
          })),
        } as Pass;
        const ours = JSON.parse(
          JSON.stringify(jsonPass(pass), (key, value: unknown) => (key === "type" ? undefined : value)),
        ) as object;
        assert.equal(ours, request, path);
        count++;
      }
      if (future_of?.startsWith("forward") && passOfJson(response)) {
        assert.is(passOfJson(response)!.logprobs.length, (response as { loss_fn_outputs: [] }).loss_fn_outputs.length);
        count++;
      }
      const { sequences } = (response ?? {}) as { sequences?: { tokens: number[]; stop_reason: string }[] };
      if (sequences) {
        const read = samplesOfJson(response)!.sequences;
        assert.equal(
          read.map(({ tokens, stopped }) => ({ tokens, stopped })),
          sequences.map(({ tokens, stop_reason }) => ({ tokens, stopped: stop_reason === "stop" })),
        );
        count++;
      }
    }
    assert.ok(count >= 8, `${count} exchanges`);
  });
}

test.run();
