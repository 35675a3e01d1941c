import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { SearchUnavailable } from "../../core/errors";
import { fitsGlob } from "../../core/files/glob";
import { settings } from "../../core/settings";
import { projectPath } from "../paths";
import {
  cachedListing,
  fetchListing,
  repoOf,
  snapshotFolder,
  type HubFile,
  type HubListing,
  type HubRepo,
} from "./listing";
import type { HubConnection } from "./request";
import { download } from "./transfer";

export type { HubFile, HubListing } from "./listing";

/** Settings of the Hugging Face client. */
export const hubDefaults = {
  /** branch, tag or commit */
  revision: "main",
  endpoint: "https://huggingface.co", // or a mirror
  /** for private and gated repositories; never written anywhere */
  token: "",
  /** folder; "" is the one that Python's huggingface_hub uses, HF_HOME and all */
  cache: "",
  /** never ask the hub; use the cache alone */
  offline: false,
  /** seconds without a byte before an attempt is given up */
  idle: 30,
  /** how many attempts in a row may make no progress */
  attempts: 5,
  /** seconds before the second attempt, doubled each time */
  wait: 1,
};

/** Where a download stands. */
export interface HubProgress {
  readonly file: string;
  readonly done: number; // bytes of this file
  readonly size: number; // bytes of this file
  readonly total: { readonly done: number; readonly size: number }; // bytes of all files asked for
}

/** Options of `snapshot` and `listing`. */
export type HubOptions = Partial<typeof hubDefaults> & {
  readonly signal?: AbortSignal | undefined;
  /** Hears of every part of a file that arrives. */
  readonly onProgress?: (progress: HubProgress) => void;
};

/** What came of a snapshot. */
export interface Snapshot {
  readonly folder: string; // holds the files under their paths in the repository
  readonly commit: string;
  readonly files: readonly HubFile[];
  readonly stale: boolean; // the hub was down and the cache was used: there may be a newer revision
}

/**
 * Loads `files` of a repository into the cache:
 * `snapshot("Qwen/Qwen2.5-0.5B-Instruct", ["config.json", "*.safetensors"])`, or
 * `snapshot("datasets/DeepRetrieval/datasets", ["sql/**"])`. Each entry is a path, which must exist, or a pattern (`*`
 * within a folder, `**` across folders), which may match nothing as long as something is found.
 *
 * Files arrive whole, verified by size and checksum, or not at all; an interrupted download goes on where it stopped.
 * A file that is in the cache is not fetched again. When the hub is down and the cache has every file, the cached files
 * are used (`stale`). Throws SearchUnavailable (hub down, nothing cached), CorruptData (a hub that delivers something
 * else than it announces), TypeError (a token is needed), RangeError (no such repository or file), Interrupted.
 */
export async function snapshot(name: string, files: readonly string[], options: HubOptions = {}): Promise<Snapshot> {
  const { repo, cache, connection, onProgress } = await opened(name, options);
  const { listing, stale } = await listed(cache, repo, connection, options.offline ?? false);
  const chosen = choose(name, listing.files, files);
  const folder = snapshotFolder(cache, repo, listing.commit);
  const missing = chosen.filter((file) => !present(join(folder, file.path), file));
  if (missing.length && (options.offline || stale)) {
    throw new SearchUnavailable(
      connection.endpoint,
      `${missing[0]!.path}${missing.length > 1 ? ` and ${missing.length - 1} more files` : ""} of ${name} are ` +
        `not in the cache ${cache}, and ${options.offline ? "offline is set" : "the hub is down"}`,
      "Load them once while the hub can be reached",
    );
  }
  const size = chosen.reduce((sum, file) => sum + file.size, 0);
  let before = size - missing.reduce((sum, file) => sum + file.size, 0);
  for (const file of missing) {
    const url =
      `${connection.endpoint}/${repo.type === "dataset" ? "datasets/" : ""}${repo.name}/resolve/` +
      `${listing.commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
    await download(url, file, join(folder, file.path), connection, (done) =>
      onProgress?.({ file: file.path, done, size: file.size, total: { done: before + done, size } }),
    );
    before += file.size;
  }
  return { folder, commit: listing.commit, files: chosen, stale };
}

/** What a repository holds. From the cache if `offline`, or if the hub is down. */
export async function listing(name: string, options: HubOptions = {}): Promise<HubListing> {
  const { repo, cache, connection } = await opened(name, options);
  return (await listed(cache, repo, connection, options.offline ?? false)).listing;
}

async function opened(name: string, { signal, onProgress, ...overrides }: HubOptions) {
  const { revision, endpoint, token, cache, idle, attempts, wait } = settings("hub", hubDefaults, overrides);
  const connection: HubConnection = {
    endpoint: endpoint.replace(/(?<!\/)\/+$/, ""),
    token: token || undefined,
    idle,
    attempts,
    wait,
    signal,
  };
  const { getHFHubCachePath } = await import("@huggingface/hub");
  return {
    repo: repoOf(name, revision),
    cache: cache ? projectPath(cache) : getHFHubCachePath(),
    connection,
    onProgress,
  };
}

async function listed(
  cache: string,
  repo: HubRepo,
  connection: HubConnection,
  offline: boolean,
): Promise<{ listing: HubListing; stale: boolean }> {
  const known = cachedListing(cache, repo);
  if (known && (offline || known.commit === repo.revision)) return { listing: known, stale: false };
  if (offline)
    throw new SearchUnavailable(
      connection.endpoint,
      `${repo.name} at ${repo.revision} is not in the cache ${cache}, and offline is set`,
      "Load it once while the hub can be reached",
    );
  try {
    return { listing: await fetchListing(cache, repo, connection), stale: false };
  } catch (error) {
    if (!known || (error as Error).name !== "SearchUnavailable") throw error;
    return { listing: known, stale: true };
  }
}

const present = (path: string, file: HubFile): boolean => existsSync(path) && statSync(path).size === file.size;

/** The files that `wanted` names, each once, in the repository's order. */
function choose(name: string, files: readonly HubFile[], wanted: readonly string[]): HubFile[] {
  const some = (paths: readonly string[]) =>
    `${paths.slice(0, 8).join(", ")}${paths.length > 8 ? ` and ${paths.length - 8} more` : ""}`;
  const absent = wanted.filter((path) => !path.includes("*") && !files.some((file) => file.path === path));
  if (absent.length)
    throw new RangeError(`hub: ${name} has no ${some(absent)}. It holds ${some(files.map(({ path }) => path))}.`);
  const patterns = wanted.map(fits);
  const chosen = files.filter(({ path }) => patterns.some((each) => each(path)));
  if (!chosen.length)
    throw new RangeError(
      `hub: nothing in ${name} matches ${wanted.join(", ")}. It holds ${some(files.map(({ path }) => path))}.`,
    );
  return chosen;
}

// In a pattern, * stands for text within a folder, ** for text across folders, and "**" with a slash for any folders or
// none.
const fits = (glob: string): ((path: string) => boolean) =>
  fitsGlob(glob, {
    "*": { many: (character) => character !== "/" },
    "**": { many: () => true },
    "**/": { many: () => true, until: "/" },
  });
