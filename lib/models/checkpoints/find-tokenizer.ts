import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { snapshot, type HubOptions } from "../../data/hub/hub";
import { projectPath } from "../../data/paths";
import { tokenizerIn } from "./checkpoint";
import { findCheckpoint } from "../model";
import type { Tokenizer } from "../tokenizers/tokenizer";

const file = "tokenizer.json";
const hubFiles = ["*.json", "*.jinja"];

/**
 * The tokenizer of a model, by its Hub id or its path, without the weights. A path is a tokenizer.json or a folder that
 * holds one. From the hub, only the JSON files of the repository are downloaded. Other forms (GGUF, llama2.c) hold
 * their tokenizer beside or inside the weights: of these files only the head is read. Throws as `model` does.
 */
export async function findTokenizer(idOrPath: string, options: HubOptions = {}): Promise<Tokenizer> {
  const path = projectPath(idOrPath);
  const folder = existsSync(path) ? (basename(path) === file ? dirname(path) : path) : await fromHub(idOrPath, options);
  if (folder !== undefined && statSync(folder).isDirectory() && existsSync(join(folder, file)))
    return tokenizerIn(folder);
  const { source, tokenizer } = await findCheckpoint(idOrPath, options);
  source.close();
  return tokenizer();
}

const fromHub = async (id: string, options: HubOptions): Promise<string | undefined> =>
  /^[\w.-]+\/[\w.-]+$/.test(id) ? (await snapshot(id, hubFiles, options)).folder : undefined;
