import { join } from "node:path";
import { listing, snapshot, type HubOptions } from "../hub/hub";

/** Where DeepRetrieval publishes its data sets, as `category/name/file`. */
export const publishedRepo = "datasets/DeepRetrieval/datasets";

/** A data set of a repository: a folder that holds files. */
export interface PublishedDataset {
  readonly name: string; // "search_engine/pubmed": category first
  readonly files: readonly string[]; // paths in the repository
  readonly bytes: number;
}

/** Options of the two functions below. Another repository with the same layout may replace DeepRetrieval's. */
export type PublishedOptions = HubOptions & { readonly repo?: string };

/** Every published data set. Throws the errors of `listing`. */
export async function publishedDatasets({
  repo = publishedRepo,
  ...options
}: PublishedOptions = {}): Promise<PublishedDataset[]> {
  const folders = new Map<string, { files: string[]; bytes: number }>();
  for (const { path, size } of (await listing(repo, options)).files) {
    const name = path.split("/").slice(0, -1).join("/");
    if (!name) continue; // README.md and the like belong to no data set
    const folder = folders.get(name) ?? { files: [], bytes: 0 };
    folders.set(name, folder);
    folder.files.push(path);
    folder.bytes += size;
  }
  return [...folders]
    .map(([name, { files, bytes }]) => ({ name, files, bytes }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Loads a data set, by its whole name ("search_engine/pubmed"), its last part where that is unique ("bird"), or a
 * category ("sql"), and gives its files: `{ "search_engine/pubmed/test_full.parquet": "/path/in/the/cache" }`.
 * Throws RangeError for a name that means none or several, and as `snapshot` does.
 */
export async function publishedData(
  name: string,
  { repo = publishedRepo, ...options }: PublishedOptions = {},
): Promise<{ readonly files: Readonly<Record<string, string>>; readonly commit: string; readonly stale: boolean }> {
  const datasets = await publishedDatasets({ repo, ...options });
  const wanted = named(name.replace(/(?<!\/)\/+$/, ""), datasets);
  const { folder, files, commit, stale } = await snapshot(
    repo,
    wanted.flatMap((dataset) => dataset.files),
    options,
  );
  return { files: Object.fromEntries(files.map(({ path }) => [path, join(folder, path)])), commit, stale };
}

function named(name: string, datasets: readonly PublishedDataset[]): readonly PublishedDataset[] {
  const inside = datasets.filter((dataset) => dataset.name === name || dataset.name.startsWith(`${name}/`));
  if (inside.length) return inside;
  const ending = datasets.filter((dataset) => dataset.name.endsWith(`/${name}`));
  if (ending.length === 1) return ending;
  const several = ending.length > 1;
  throw new RangeError(
    `publishedData: "${name}" ${several ? "may be" : "is none of the data sets:"} ` +
      `${(several ? ending : datasets).map((dataset) => dataset.name).join(", ")}. Write the whole name.`,
  );
}
