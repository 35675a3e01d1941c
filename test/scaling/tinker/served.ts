import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TinkerOptions } from "../../../lib/scaling/tinker/tinker";
import { tinyTokenizer } from "../../fixtures";
import { FakeServer, type FakeOptions } from "./fake-server";

const folder = mkdtempSync(join(tmpdir(), "tinker-"));
writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer.json));
writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ eos_token: "<|im_end|>" }));

/** How a client asks the fake server for its model. */
export const own: TinkerOptions = {
  baseModel: "tiny",
  tokenizer: folder,
  lora: { rank: 4, seed: 3 },
  patienceSeconds: 4,
};
export const prompt = "<|im_start|>the<think>";

/** Runs `work` against a fake server, which is stopped after it. */
export async function serving<T>(options: FakeOptions, work: (server: FakeServer) => Promise<T>): Promise<T> {
  const server = await new FakeServer(options).start();
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}
