import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { patientFetch, type HubConnection } from "./request";

/** A repository on the hub. */
export interface HubRepo {
  readonly type: "model" | "dataset";
  readonly name: string; // "Qwen/Qwen2.5-0.5B-Instruct"
  readonly revision: string; // branch, tag or commit
}

/** A file as the hub announces it. */
export interface HubFile {
  readonly path: string; // from the repository's root, with forward slashes
  readonly size: number; // bytes
  readonly sha256?: string; // of files kept outside git (LFS, Xet): nearly all large ones
  readonly gitOid?: string; // of the others: SHA-1 of "blob SIZE\0" and the content
}

/** What a repository held at one commit. */
export interface HubListing {
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** "Qwen/Qwen2.5" is a model, "datasets/DeepRetrieval/datasets" a data set, as in the hub's own addresses. */
export function repoOf(name: string, revision = "main"): HubRepo {
  const [, kind, id] = /^(datasets\/|models\/)?([\w.-]+(?:\/[\w.-]+)?)$/.exec(name) ?? [];
  if (!id)
    throw new TypeError(
      `hub: "${name}" names no repository. Write "owner/model", or "datasets/owner/name" for a data set.`,
    );
  return { type: kind === "datasets/" ? "dataset" : "model", name: id, revision };
}

/**
 * Where a repository lies in a cache folder; the layout is huggingface_hub's, so that this library and Python share one
 * cache.
 */
const repoFolder = (cache: string, { type, name }: HubRepo): string =>
  join(cache, `${type}s--${name.replaceAll("/", "--")}`);

/** Where the files of one commit lie. */
export const snapshotFolder = (cache: string, repo: HubRepo, commit: string): string =>
  join(repoFolder(cache, repo), "snapshots", commit);

const listingFile = (cache: string, repo: HubRepo, commit: string): string =>
  join(repoFolder(cache, repo), "listings", `${commit}.json`);
const refFile = (cache: string, repo: HubRepo): string => join(repoFolder(cache, repo), "refs", repo.revision);

/** The commit of a revision when it was last loaded, without asking the hub; undefined if it was never loaded. */
function cachedCommit(cache: string, repo: HubRepo): string | undefined {
  if (/^[0-9a-f]{40}$/.test(repo.revision)) return repo.revision;
  return existsSync(refFile(cache, repo)) ? readFileSync(refFile(cache, repo), "utf8").trim() : undefined;
}

/**
 * The files of a revision, as the hub listed them when it was last loaded, or those that Python loaded; undefined if it
 * was never loaded.
 */
export function cachedListing(cache: string, repo: HubRepo): HubListing | undefined {
  const commit = cachedCommit(cache, repo);
  if (commit === undefined) return undefined;
  if (!existsSync(listingFile(cache, repo, commit))) return loadedListing(cache, repo, commit);
  try {
    return JSON.parse(readFileSync(listingFile(cache, repo, commit), "utf8")) as HubListing;
  } catch (cause) {
    throw new CorruptData(
      listingFile(cache, repo, commit),
      (cause as Error).message,
      "Remove it; it is fetched again",
      { cause },
    );
  }
}

/** What lies in a snapshot folder. */
function loadedListing(cache: string, repo: HubRepo, commit: string): HubListing | undefined {
  const folder = snapshotFolder(cache, repo, commit);
  if (!existsSync(folder)) return undefined;
  const paths = readdirSync(folder, { recursive: true })
    .map((path) => String(path).replaceAll("\\", "/"))
    .filter((path) => !path.endsWith(".incomplete"))
    .sort();
  const files = paths
    .map((path) => ({ path, stats: statSync(join(folder, path)) }))
    .filter(({ stats }) => stats.isFile());
  return { commit, files: files.map(({ path, stats }) => ({ path, size: stats.size })) };
}

/** Asks the hub what a revision holds, and remembers it. */
export async function fetchListing(cache: string, repo: HubRepo, connection: HubConnection): Promise<HubListing> {
  const { datasetInfo, listFiles, modelInfo } = await import("@huggingface/hub");
  const what = `listing ${repo.name}`;
  const params = { hubUrl: connection.endpoint, fetch: patientFetch(what, connection) };
  try {
    const asked = { ...params, name: repo.name, revision: repo.revision, additionalFields: ["sha" as const] };
    const { sha: commit } = await (repo.type === "model" ? modelInfo(asked) : datasetInfo(asked));
    if (!/^[0-9a-f]{40}$/.test(commit))
      throw new CorruptData(
        `${connection.endpoint}/${repo.name}`,
        `the hub names the commit ${JSON.stringify(commit)}, not 40 hexadecimal digits`,
        "Check the endpoint",
      );
    const files: HubFile[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({
      ...params,
      repo,
      revision: commit,
      recursive: true,
    })) {
      if (type !== "file") continue;
      if (!contained(path))
        throw new CorruptData(
          `${connection.endpoint}/${repo.name}`,
          `the hub lists a file ${JSON.stringify(path)} outside its repository`,
          "Do not use this endpoint",
        );
      files.push({ path, size: lfs?.size ?? size, ...(lfs ? { sha256: lfs.oid } : oid ? { gitOid: oid } : {}) });
    }
    const listing = { commit, files };
    writeAtomic(listingFile(cache, repo, commit), JSON.stringify(listing));
    if (repo.revision !== commit) writeAtomic(refFile(cache, repo), commit);
    return listing;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CorruptData(
      `${connection.endpoint}/${repo.name}`,
      `the hub's answer is not JSON: ${error.message}`,
      "Check the endpoint: a login page or a proxy may have answered",
      { cause: error },
    );
  }
}

/** False for a path that would leave the folder it is joined to. */
const contained = (path: string): boolean =>
  path !== "" &&
  !/^[/\\]|^[a-z]:|\\|\0/i.test(path) &&
  !path.split("/").some((part) => part === ".." || part === "." || part === "");
