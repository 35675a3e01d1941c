import { parentPort, workerData } from "node:worker_threads";
import type { Postings } from "./postings";
import { searcher } from "./searcher";
import type { Bm25Parameters } from "./weights";

/** One search, as it is sent to a worker. */
export interface Job {
  readonly id: number;
  readonly terms: readonly number[];
  readonly k: number;
}

const { postings, parameters } = workerData as { postings: Postings; parameters: Bm25Parameters };
const search = searcher(postings, parameters);

parentPort!.on("message", ({ id, terms, k }: Job) => {
  const ranking = search(terms, k);
  parentPort!.postMessage({ id, ranking }, [ranking.docs.buffer, ranking.scores.buffer] as ArrayBuffer[]);
});
