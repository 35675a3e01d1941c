import { mkdtempSync, readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untrained } from "../lib/models/policy";
import type { DecoderConfig } from "../lib/models/decoder/config";
import type { Tokenizer } from "../lib/models/tokenizers/tokenizer";

/** The services that evaluations ask, on this machine: PubMed, ClinicalTrials.gov, servers of models, checkpoints. */

const servers = new Set<Server>();
/** For `test.after`. */
export const closeServices = (): void => servers.forEach(shut);
const shut = (server: Server): void => (server.closeAllConnections(), void server.close());

/** A server on this machine. `stop` ends it, its open connections too; it listens on `port`, or on a free one. */
export async function serve(
  listener: RequestListener,
  port = 0,
): Promise<{ readonly base: string; readonly port: number; readonly stop: () => void }> {
  const server = createServer(listener);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const own = (server.address() as AddressInfo).port;
  return { base: `http://127.0.0.1:${own}`, port: own, stop: () => shut(server) };
}

/** The tensors of one .safetensors file in `count` files and their index, as the Hub has large models. */
function sharded(file: string, count: number): Record<string, Buffer> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8")) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const names = Object.keys(header);
  const shardOf = (name: string) => Math.floor((names.indexOf(name) * count) / names.length);
  const nameOf = (i: number) => `model-0000${i + 1}-of-0000${count}.safetensors`;
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    let at = 0;
    const own = names.filter((name) => shardOf(name) === i);
    const parts = own.map((name) =>
      bytes.subarray(...(header[name]!.data_offsets.map((offset) => 8 + length + offset) as [number, number])),
    );
    const entries = own.map((name, j) => [name, { ...header[name]!, data_offsets: [at, (at += parts[j]!.length)] }]);
    const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    files[nameOf(i)] = Buffer.concat([size, json, ...parts]);
  }
  const map = Object.fromEntries(names.map((name) => [name, nameOf(shardOf(name))]));
  files["model.safetensors.index.json"] = Buffer.from(JSON.stringify({ metadata: {}, weight_map: map }));
  return files;
}

/**
 * The files of a published checkpoint under the names of its repository: three shards of float32, drawn from a seed.
 *
 * @param tokenizerFile in place of the tokenizer that the policy writes: the original's, byte for byte
 */
export function checkpointFiles(
  config: DecoderConfig,
  tokenizer: Tokenizer,
  tokenizerFile?: string,
): Record<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "deepretrieval-replica-"));
  const policy = untrained(config, tokenizer, 3);
  policy.save(folder);
  policy.dispose();
  return {
    ...sharded(join(folder, "model.safetensors"), 3),
    "config.json": readFileSync(join(folder, "config.json")),
    "tokenizer.json": readFileSync(tokenizerFile ?? join(folder, "tokenizer.json")),
    "generation_config.json": Buffer.from('{"temperature":0.7,"top_p":0.8,"top_k":20,"repetition_penalty":1.05}'),
  };
}

/** The prompt of DeepRetrieval's checkpoints for publications and trials, by the marks that tell it from others. */
export const publishedPrompt = (input: string): string =>
  "<|im_start|>system\nA conversation between User and Assistant.<|im_end|>\n<|im_start|>user\nfind relevant " +
  `literature on PubMed or ClinicalTrials.gov\n${input}<|im_end|>\n<|im_start|>assistant\n\nAssistant: Let me ` +
  "solve this step by step. \n<think>\n";

/** Rows as DeepRetrieval publishes them: "question 0" and so on, each with the same relevant documents. */
export const publishedRows = (source: "pubmed" | "ctgov", ids: readonly string[], count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({
    data_source: source,
    input: `question ${i}`,
    label: ids,
    ...(source === "pubmed" && { pub_date: "2020/06/01" }),
    prompt: [{ role: "user", content: publishedPrompt(`question ${i}`) }],
    reward_model: { ground_truth: { target: ids }, style: "rule" },
    extra_info: { index: i, split: "val" },
  }));

/** Every `n`th request is answered with HTTP 500, as a service that stumbles does. */
function stumbling(n: number | undefined): () => boolean {
  let requests = 0;
  return () => n !== undefined && ++requests % n === 0;
}

/** PubMed's E-utilities in JSON: `find` gives the PMIDs of a term. Requests are kept. */
export async function pubmedServer(find: (term: string) => readonly string[], every?: number) {
  const asked: URLSearchParams[] = [];
  const stumbles = stumbling(every);
  const { base } = await serve((request, response) => {
    let body = "";
    request
      .on("data", (text) => (body += text))
      .on("end", () => {
        const parameters = new URLSearchParams(body || new URL(request.url!, "http://x").search);
        asked.push(parameters);
        if (stumbles()) return response.writeHead(500).end("Internal Server Error");
        const idlist = find(parameters.get("term") ?? "");
        const esearchresult = { count: String(idlist.length), retmax: "5000", retstart: "0", idlist };
        const header = { type: "esearch", version: "0.3" };
        response.setHeader("content-type", "application/json").end(JSON.stringify({ header, esearchresult }));
      });
  });
  return { base, asked };
}

/** ClinicalTrials.gov's API v2: `find` gives the NCT numbers of a term. */
export async function registryServer(find: (term: string) => readonly string[], every?: number) {
  const stumbles = stumbling(every);
  const { base } = await serve((request, response) => {
    if (stumbles()) return response.writeHead(500).end("Internal Server Error");
    const studies = find(new URL(request.url!, "http://x").searchParams.get("query.term") ?? "");
    response.setHeader("content-type", "application/json").end(
      JSON.stringify({
        totalCount: studies.length,
        studies: studies.map((nctId) => ({ protocolSection: { identificationModule: { nctId } } })),
      }),
    );
  });
  return { base };
}

/** What a server of models writes; undefined for HTTP 500. `finished: false` is a text cut at the token limit. */
export type Reply = { readonly text: string; readonly finished?: boolean } | undefined;

/** An OpenAI-compatible server that completes prompts, with the prompts that it was asked. */
export async function modelServer(reply: (prompt: string) => Reply, port = 0) {
  const asked: string[] = [];
  const server = await serve((request, response) => {
    let body = "";
    request
      .on("data", (text) => (body += text))
      .on("end", () => {
        const { prompt } = JSON.parse(body) as { prompt: string };
        asked.push(prompt);
        response.setHeader("content-type", "application/json");
        const written = reply(prompt);
        if (!written) return response.writeHead(500).end('{"error":{"message":"CUDA error","code":500}}');
        const choices = [
          { index: 0, text: written.text, finish_reason: written.finished === false ? "length" : "stop" },
        ];
        const usage = { prompt_tokens: 1, completion_tokens: 1 };
        response.end(JSON.stringify({ object: "text_completion", choices, usage }));
      });
  }, port);
  return { ...server, url: `${server.base}/v1`, asked };
}
