import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sizeOf } from "../../lib/models/checkpoints/array-source";
import { toHuggingFace, type DecoderConfig } from "../../lib/models/decoder/config";
import { arraysOf } from "../../lib/models/decoder/layout";
import { tinyTokenizer } from "../fixtures";

const qwen = { rms_norm_eps: 1e-6, rope_theta: 1e6, max_position_embeddings: 32768, num_key_value_heads: 2 };

/** Shapes of Qwen2.5, by the name they are sold under. */
const shapes: Record<string, DecoderConfig> = {
  "0.5b": {
    ...qwen,
    vocab_size: 151936,
    hidden_size: 896,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    head_dim: 64,
    intermediate_size: 4864,
  },
  "1.5b": {
    ...qwen,
    vocab_size: 151936,
    hidden_size: 1536,
    num_hidden_layers: 28,
    num_attention_heads: 12,
    head_dim: 128,
    intermediate_size: 8960,
  },
  "3b": {
    ...qwen,
    vocab_size: 151936,
    hidden_size: 2048,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    head_dim: 128,
    intermediate_size: 11008,
  },
};

/** What loading a sharded bfloat16 checkpoint of random weights takes: `npm run bench -- load shape=3b frozen=bf16`. */
export async function bench(options: Record<string, string>, log: (line: string) => void): Promise<object> {
  const shape = options.shape ?? "3b";
  const config = shapes[shape];
  if (!config) throw new RangeError(`shape=${shape}: one of ${Object.keys(shapes).join(", ")}`);
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), "load-"));
  try {
    log(`writing a ${shape} checkpoint of random weights into ${folder}`);
    write(folder, config, Number(options.shards ?? 3));
    const text = execFileSync(
      process.execPath,
      ["--require", "tsx/cjs", join(__dirname, "load-child.ts"), folder, options.frozen ?? ""],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    return { shape, frozen: options.frozen ?? null, ...(JSON.parse(text.trim().split("\n").at(-1)!) as object) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Weights between −1/16 and 1/16, in bfloat16; arrays in turn in `shards` files with an index. */
function write(folder: string, config: DecoderConfig, shards: number): void {
  const names = Array.from(
    { length: shards },
    (_, i) => `model-${String(i + 1).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}.safetensors`,
  );
  const arrays = [...arraysOf(config)];
  const weight_map: Record<string, string> = {};
  const noise = new Uint16Array(1 << 20);
  let state = 1;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[i] = ((state >>> 16) & 0x807f) | (0x3a00 + ((state >>> 9) & 0x180));
  }
  const bytes = Buffer.from(noise.buffer);
  names.forEach((name, shard) => {
    const own = arrays.slice(
      Math.floor((arrays.length * shard) / shards),
      Math.floor((arrays.length * (shard + 1)) / shards),
    );
    let offset = 0;
    const header = Object.fromEntries(
      own.map(([array, shape]) => [
        array,
        { dtype: "BF16", shape, data_offsets: [offset, (offset += 2 * sizeOf(shape))] },
      ]),
    );
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const file = openSync(join(folder, name), "w");
    writeSync(file, Buffer.concat([length, json]));
    for (let done = 0; done < offset; ) done += writeSync(file, bytes, 0, Math.min(bytes.length, offset - done));
    closeSync(file);
    for (const [array] of own) weight_map[array] = name;
  });
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
  writeFileSync(join(folder, "config.json"), JSON.stringify(toHuggingFace(config, tinyTokenizer, "BF16")));
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tinyTokenizer.json));
}
