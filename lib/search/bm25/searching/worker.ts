import { parentPort, workerData } from "node:worker_threads";
import { openLists } from "../files/index-file";
import { residentLists, type Collection, type Postings } from "../postings/postings";
import { searcher } from "./searcher";
import type { Bm25Parameters } from "./weights";

/** A search that is sent to a worker. */
export interface Job {
  readonly id: number;
  readonly terms: readonly number[];
  readonly k: number;
}

/**
 * The data of a worker: an index in shared memory, or the folder of an index whose postings the worker reads itself.
 */
export type WorkerData = { readonly parameters: Bm25Parameters } & (
  | { readonly postings: Postings }
  | { readonly collection: Collection; readonly folder: string; readonly cacheBytes: number }
);

const data = workerData as WorkerData;
const search =
  "postings" in data
    ? searcher(data.postings, residentLists(data.postings), data.parameters)
    : searcher(data.collection, openLists(data.folder, data.collection, data.cacheBytes).lists, data.parameters);

parentPort!.on("message", ({ id, terms, k }: Job) => {
  const ranking = search(terms, k);
  parentPort!.postMessage({ id, ranking }, [ranking.docs.buffer, ranking.scores.buffer] as ArrayBuffer[]);
});
