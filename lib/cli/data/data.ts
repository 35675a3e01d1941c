import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { HubOptions, HubProgress } from "../../data/hub/hub";
import { publishedData, publishedDatasets, publishedRepo } from "../../data/datasets/published";
import { command, exitCodes } from "../command/command";
import { flag, place, text, type Values } from "../command/options";
import { inOptions } from "../command/plain-error";
import { didYouMean, UsageError } from "../command/usage";

const verbs: readonly string[] = ["list", "get"];

const options = {
  to: place("DIR", "copy the files there, too"),
  repo: text("REPO", `instead of ${publishedRepo}`),
  revision: text("REV", "branch, tag or commit (main)"),
  endpoint: text("URL", "a mirror (HF_ENDPOINT)"),
  cache: place("DIR", "instead of Python's own cache of the hub (HF_HOME)"),
  offline: flag("only what the cache has"),
  json: flag("one line of JSON on stdout"),
};

/** `deepretrieval data list` and `data get NAME`. */
export const data = command({
  topic: "Data and models",
  words: "data",
  verbs,
  calls: [
    ["data list [options]", "the data sets that DeepRetrieval publishes on the Hugging Face Hub"],
    ["data get NAME [options]", "load one: its files into the cache, verified; what is there is not loaded again"],
  ],
  options,
  operands: { says: [["NAME", '"search_engine/pubmed", "bird", or a category such as "sql"']] },
  notes: "  A token for private repositories is read from HF_TOKEN.",
  run: listOrGet,
});

async function listOrGet(values: Values<typeof options>, words: readonly string[]): Promise<number> {
  const [action = "", name, ...rest] = words;
  if (!verbs.includes(action) || rest.length > 0 || (action === "get") !== (name !== undefined))
    throw new UsageError(`data ${words.join(" ")}: write "data list" or "data get NAME"${didYouMean(action, verbs)}`);
  const { HF_ENDPOINT, HF_TOKEN } = process.env;
  const endpoint = values.endpoint ?? HF_ENDPOINT;
  const hub: HubOptions & { repo?: string } = {
    ...(values.repo && { repo: values.repo }),
    ...(values.revision && { revision: values.revision }),
    ...(endpoint && { endpoint }),
    ...(values.cache && { cache: values.cache }),
    ...(HF_TOKEN && { token: HF_TOKEN }),
    ...(values.offline && { offline: true }),
  };
  const print = (record: object, lines: readonly string[]): void =>
    void process.stdout.write(`${values.json ? JSON.stringify(record) : lines.join("\n")}\n`);
  try {
    if (action === "list") {
      const datasets = await publishedDatasets(hub);
      print(
        { datasets },
        datasets.map(
          (dataset) =>
            `${dataset.name.padEnd(44)} ${String(dataset.files.length).padStart(3)} files  ` +
            `${megabytes(dataset.bytes).padStart(9)}`,
        ),
      );
      return exitCodes.ok;
    }
    const loaded = await publishedData(name!, { ...hub, onProgress: progressLine() });
    const files = Object.entries(loaded.files).map(([path, file]) =>
      values.to ? copied(file, resolve(values.to, path)) : file,
    );
    if (loaded.stale) process.stderr.write("the hub did not answer: this is what the cache had\n");
    print({ ...loaded, files }, files);
    return exitCodes.ok;
  } catch (error) {
    const { name: kind } = error as Error;
    if (!["SearchUnavailable", "RangeError", "TypeError"].includes(kind)) throw error;
    process.stderr.write(`deepretrieval: ${inOptions(error as Error, data.options)}\n`);
    return exitCodes.failed;
  }
}

function copied(file: string, to: string): string {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(file, to);
  return to;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB`;

/** One line on stderr, redrawn at most ten times a second; without a terminal, a line for each file. */
function progressLine(): (progress: HubProgress) => void {
  let drawn = 0;
  return ({ file, done, size, total }) => {
    const last = done === size;
    if (!process.stderr.isTTY) return void (last && process.stderr.write(`${file}  ${megabytes(size)}\n`));
    if (!last && performance.now() - drawn < 100) return;
    drawn = performance.now();
    process.stderr.write(
      `\r\x1b[K${file}  ${megabytes(done)} of ${megabytes(size)}  ` +
        `(${((100 * total.done) / Math.max(1, total.size)).toFixed(0)} % of ` +
        `all)${total.done === total.size ? "\n" : ""}`,
    );
  };
}
