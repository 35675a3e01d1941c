import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { HubOptions, HubProgress } from "../../data/hub";
import { publishedData, publishedDatasets, publishedRepo } from "../../data/published";
import { exitCodes } from "../notebooks/execute-notebook";
import { inOptions, optionsIn } from "../command/plain-error";
import { didYouMean, parseOptions, UsageError } from "../command/usage";

export const dataUsage = `deepretrieval data list [options]        the data sets that DeepRetrieval publishes on the Hugging Face Hub
deepretrieval data get NAME [options]    load one: its files into the cache, verified; what is there is not loaded again

  NAME             "search_engine/pubmed", "bird", or a category such as "sql"
  --to DIR         copy the files there, too
  --repo REPO      instead of ${publishedRepo}
  --revision REV   branch, tag or commit (main)
  --endpoint URL   a mirror (HF_ENDPOINT)
  --cache DIR      instead of Python's own cache of the hub (HF_HOME)
  --offline        only what the cache has
  --json           one line of JSON on stdout

  A token for private repositories is read from HF_TOKEN.`;

export const dataVerbs = ["list", "get"] as const;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** `deepretrieval data list` and `data get NAME`. Returns the exit code. */
export async function data(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions({
    args: [...argv],
    allowPositionals: true,
    options: { to: text, repo: text, revision: text, endpoint: text, cache: text, offline: flag, json: flag },
  });
  const [action, name, ...rest] = positionals;
  if (
    !(dataVerbs as readonly string[]).includes(action ?? "") ||
    rest.length ||
    (action === "get") !== (name !== undefined)
  )
    throw new UsageError(
      `data ${positionals.join(" ")}: write "data list" or "data get NAME"${didYouMean(action ?? "", dataVerbs)}`,
    );
  const { HF_ENDPOINT, HF_TOKEN } = process.env;
  const endpoint = values.endpoint ?? HF_ENDPOINT;
  const options: HubOptions & { repo?: string } = {
    ...(values.repo && { repo: values.repo }),
    ...(values.revision && { revision: values.revision }),
    ...(endpoint && { endpoint }),
    ...(values.cache && { cache: resolve(values.cache) }),
    ...(HF_TOKEN && { token: HF_TOKEN }),
    ...(values.offline && { offline: true }),
  };
  const print = (record: object, lines: readonly string[]): void =>
    void process.stdout.write(`${values.json ? JSON.stringify(record) : lines.join("\n")}\n`);
  try {
    if (action === "list") {
      const datasets = await publishedDatasets(options);
      print(
        { datasets },
        datasets.map(
          (dataset) =>
            `${dataset.name.padEnd(44)} ${String(dataset.files.length).padStart(3)} files  ${megabytes(dataset.bytes).padStart(9)}`,
        ),
      );
      return exitCodes.ok;
    }
    const loaded = await publishedData(name!, { ...options, onProgress: progressLine() });
    const files = Object.entries(loaded.files).map(([path, file]) =>
      values.to ? copied(file, resolve(values.to, path)) : file,
    );
    if (loaded.stale) process.stderr.write("the hub did not answer: this is what the cache had\n");
    print({ ...loaded, files }, files);
    return exitCodes.ok;
  } catch (error) {
    const { name: kind } = error as Error;
    if (!["SearchUnavailable", "RangeError", "TypeError"].includes(kind)) throw error;
    process.stderr.write(`deepretrieval: ${inOptions(error as Error, optionsIn(dataUsage))}\n`);
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
      `\r\x1b[K${file}  ${megabytes(done)} of ${megabytes(size)}  (${((100 * total.done) / Math.max(1, total.size)).toFixed(0)} % of all)${total.done === total.size ? "\n" : ""}`,
    );
  };
}
