import { Worker } from "node:worker_threads";
import { SearchUnavailable } from "../../../core/errors";
import type { Ranking } from "./searcher";
import type { Job, WorkerData } from "./worker";

interface Waiting {
  readonly resolve: (ranking: Ranking) => void;
  readonly reject: (error: Error) => void;
}

interface Pool {
  search(terms: readonly number[], k: number): Promise<Ranking>;
  close(): Promise<void>;
}

/**
 * Searches on `threads` worker threads, over one index in shared memory or on disk. A search goes to the worker with
 * the fewest waiting searches. The workers keep the process alive only while they search. If a worker dies, its
 * searches and all later ones fail with SearchUnavailable.
 */
export function workerPool(workerData: WorkerData, threads: number): Pool {
  let broken: Error | undefined;
  let jobs = 0;
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(require.resolve("./worker"), { workerData });
    const waiting = new Map<number, Waiting>();
    const failAll = (cause: Error): void => {
      broken ??= new SearchUnavailable(
        "BM25",
        `a search thread ended: ${cause.message}`,
        "Open the index again with bm25()",
        { cause },
      );
      for (const { reject } of waiting.values()) reject(broken);
      waiting.clear();
    };
    worker.on("message", ({ id, ranking }: { id: number; ranking: Ranking }) => {
      waiting.get(id)?.resolve(ranking);
      waiting.delete(id);
      if (waiting.size === 0) worker.unref();
    });
    worker.on("error", failAll);
    worker.on("exit", (code) => failAll(new Error(`exit code ${code}`)));
    worker.unref();
    return { worker, waiting };
  });
  return {
    search: (terms, k) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        const { worker, waiting } = workers.reduce((least, next) =>
          next.waiting.size < least.waiting.size ? next : least,
        );
        const job: Job = { id: jobs++, terms, k };
        waiting.set(job.id, { resolve, reject });
        worker.ref();
        worker.postMessage(job);
      }),
    async close() {
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
    },
  };
}
