import type { StreamName } from "./streams";

type Done = (error?: Error | null) => void;

/** Sends what is written to process.stdout and process.stderr to `take` instead. Bytes are read as UTF-8. */
export function redirectOutput(take: (name: StreamName, text: string) => void): void {
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean => {
      take(name, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const callback = typeof encoding === "function" ? encoding : done;
      if (callback) process.nextTick(callback);
      return true;
    };
  }
}
