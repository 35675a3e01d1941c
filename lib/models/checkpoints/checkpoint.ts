import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CorruptData } from "../../core/errors";
import { projectPath } from "../../data/paths";
import { agreeing } from "./agreement";
import type { ArraySource } from "./array-source";
import type { DecoderConfig } from "../decoder/config";
import { fromHuggingFace } from "./config-json";
import { openFolder } from "./safetensors/sharded";
import { placeholderFile } from "./placeholder-file";
import { readTokenizer, type Tokenizer, type TokenizerSettings } from "../tokenizers/tokenizer";

/** An opened checkpoint: its config and tokenizer, and a source of its weights. No weight has been read yet. */
export interface Checkpoint {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly source: ArraySource; // open; the owner of the checkpoint closes it
  readonly notes?: readonly string[]; // one sentence for each difference between its files
  tokenizer(): Tokenizer;
}

/** Opens a checkpoint in Hugging Face layout. Throws CorruptData naming the file. The caller closes its source. */
export function openCheckpoint(path: string): Checkpoint {
  const folder = projectPath(path);
  const configFile = join(folder, "config.json");
  const json = readJson(configFile, "A checkpoint folder holds config.json, tokenizer.json and model.safetensors.");
  const declared = fromHuggingFace(configFile, json);
  const opened = openFolder(folder);
  try {
    const { config, source, notes } = agreeing(declared, opened);
    return { name: path, config, source, notes, tokenizer: () => tokenizerOf(folder, json, config) };
  } catch (error) {
    opened.close();
    throw error;
  }
}

const tokenizerOf = (folder: string, json: Record<string, unknown>, config: DecoderConfig): Tokenizer => {
  const file = join(folder, "tokenizer.json");
  const slow = ["tokenizer.model", "vocab.json", "spiece.model"].find((name) => existsSync(join(folder, name)));
  if (!existsSync(file) && slow)
    throw new CorruptData(
      file,
      `it is missing; there is ${slow}, an older form of a tokenizer`,
      "Make it once with Python: " +
        `AutoTokenizer.from_pretrained(${JSON.stringify(folder)}).save_pretrained(${JSON.stringify(folder)}).`,
    );
  return fitting(file, readTokenizer(file, settingsOf(folder, json)), config);
};

/** The tokenizer of a folder that may hold nothing else. Throws CorruptData. */
export function tokenizerIn(folder: string): Tokenizer {
  const config = join(folder, "config.json");
  return readTokenizer(
    join(folder, "tokenizer.json"),
    settingsOf(folder, existsSync(config) ? readJson(config, "Remove it, or download it again.") : {}),
  );
}

/** The tokenizer. Throws CorruptData if it has tokens without embeddings. */
export function fitting(file: string, tokenizer: Tokenizer, config: DecoderConfig): Tokenizer {
  const { size, stops, pad } = tokenizer;
  if (size > config.vocab_size)
    throw new CorruptData(
      file,
      `it has ${size} tokens, config.json ${config.vocab_size}`,
      "Use the tokenizer saved with these weights.",
    );
  const stray = [...stops, pad].find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocab_size);
  if (stray !== undefined)
    throw new CorruptData(
      file,
      `the end-of-text or padding token is ${stray}, the vocabulary has ${config.vocab_size}`,
      "Use the config.json saved with these weights.",
    );
  return tokenizer;
}

/** A JSON object. Throws CorruptData. */
export function readJson(file: string, fix: string): Record<string, unknown> {
  let json: unknown;
  let text = "";
  try {
    json = JSON.parse((text = readFileSync(file, "utf8")));
  } catch (cause) {
    const other = placeholderFile(Buffer.from(text));
    throw new CorruptData(
      file,
      other?.why ?? (cause instanceof Error ? cause.message : String(cause)),
      other?.fix ?? fix,
      { cause },
    );
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new CorruptData(file, "it is JSON, but no object", fix);
  return json as Record<string, unknown>;
}

/** Files beside tokenizer.json that describe the tokenizer. They are saved again with the model. */
const besideTokenizer = [
  "tokenizer_config.json",
  "added_tokens.json",
  "generation_config.json",
  "special_tokens_map.json",
  "chat_template.jinja",
];

/** The tokens that begin, end and pad a text: from generation_config.json, or else from config.json. */
function settingsOf(folder: string, config: Record<string, unknown>): TokenizerSettings {
  const present = besideTokenizer.filter((name) => existsSync(join(folder, name)));
  const generationFile = join(folder, "generation_config.json");
  const generation = existsSync(generationFile) ? readJson(generationFile, "Remove it, or download it again.") : {};
  const of = (name: string) => generation[name] ?? config[name];
  const { eos_token: end } = present.includes("tokenizer_config.json")
    ? readJson(join(folder, "tokenizer_config.json"), "Remove it, or download it again.")
    : { eos_token: undefined };
  const text = typeof end === "object" && end !== null ? (end as { content?: unknown }).content : end;
  const id = (value: unknown) => (typeof value === "number" ? value : undefined);
  return {
    stops: [of("eos_token_id")].flat().filter((value): value is number => typeof value === "number"),
    ...(typeof text === "string" && { end: text }),
    pad: id(of("pad_token_id")),
    bos: id(of("bos_token_id")),
    files: Object.fromEntries(present.map((name) => [name, readFileSync(join(folder, name), "utf8")])),
  };
}
