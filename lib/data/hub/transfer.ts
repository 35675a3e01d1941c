import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CorruptData } from "../../core/errors";
import { isRunning } from "../../core/processes/is-running";
import type { HubFile } from "./listing";
import { Again, patiently, request, type HubConnection } from "./request";

/**
 * Downloads `url` into `target`, whole and verified or not at all: by size, and by the checksum that the listing gives.
 * A partial file of an earlier attempt or process is continued. `onBytes` receives the number of bytes so far.
 *
 * Throws SearchUnavailable when the hub does not deliver, CorruptData when what it delivers is not what it announced.
 */
export async function download(
  url: string,
  file: HubFile,
  target: string,
  connection: HubConnection,
  onBytes: (done: number) => void = () => undefined,
): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const part = claim(target);
  let done = 0;
  try {
    for (let fresh = false; ; fresh = true) {
      await patiently(
        `downloading ${file.path}`,
        connection,
        async () => void (done = await append(url, file, part, connection, onBytes)),
        () => (existsSync(part) ? statSync(part).size : 0),
      );
      const fault = await mismatch(part, file);
      if (fault === undefined) break;
      rmSync(part, { force: true });
      if (fresh)
        throw new CorruptData(
          url,
          `${fault}, twice`,
          "The hub or a proxy delivers something else than the repository holds: try another endpoint",
        );
    }
    renameSync(part, target);
  } catch (error) {
    if (existsSync(part)) renameSync(part, `${target}.incomplete`); // the next download continues it
    throw error;
  }
}

/** The path of this process's partial file. A partial file of a process that has ended is renamed to it. */
function claim(target: string): string {
  const own = `${target}.${process.pid}.incomplete`;
  const parts = readdirSync(dirname(target)).filter(
    (name) => name.startsWith(`${basename(target)}.`) && name.endsWith("incomplete"),
  );
  // "FILE.incomplete" has no number: it was left by a process that stopped without a crash.
  const free = parts.find((name) => !isRunning(Number(name.slice(basename(target).length + 1).split(".")[0])));
  if (free !== undefined) renameSync(join(dirname(target), free), own);
  return own;
}

/**
 * Adds the missing bytes to the partial file, in one request. Returns its size; throws Again where the connection
 * broke.
 */
async function append(
  url: string,
  file: HubFile,
  part: string,
  connection: HubConnection,
  onBytes: (done: number) => void,
): Promise<number> {
  let done = existsSync(part) ? statSync(part).size : 0;
  if (done === file.size && existsSync(part)) return done;
  if (done > file.size) rmSync(part), (done = 0);
  const {
    response,
    alive: tick,
    end,
  } = await request(`downloading ${file.path}`, url, connection, {
    "accept-encoding": "identity",
    ...(done > 0 ? { range: `bytes=${done}-` } : {}),
  });
  let handle: FileHandle | undefined;
  try {
    // the reply does not continue the partial file: start again
    if (done > 0 && (response.status !== 206 || !announced(response, done))) done = 0;
    if (response.status === 416)
      throw (rmSync(part, { force: true }), new Again("the hub has less of the file than is here already"));
    handle = await open(part, done > 0 ? "a" : "w");
    onBytes(done);
    for await (const piece of response.body ?? []) {
      tick();
      const bytes = piece as Uint8Array;
      if (done + bytes.length > file.size)
        throw new CorruptData(
          url,
          `the hub sends more than the ${file.size} bytes it announced`,
          "Its listing or the file is wrong: try another endpoint or revision",
        );
      await handle.write(bytes);
      done += bytes.length;
      onBytes(done);
    }
  } catch (error) {
    if (["CorruptData", "Again"].includes((error as Error).name)) throw error;
    if ((error as NodeJS.ErrnoException).syscall === "write") throw error; // a full disk is no fault of the hub
    throw new Again(
      (error as Error).name === "AbortError"
        ? `no byte for ${connection.idle} s after ${done} of ${file.size}`
        : `the connection broke after ${done} of ${file.size} bytes`,
      0,
      { cause: error },
    );
  } finally {
    end();
    await handle?.close();
  }
  if (done < file.size) throw new Again(`the hub ended after ${done} of the ${file.size} bytes it announced`);
  return done;
}

const announced = (response: Response, from: number): boolean =>
  (response.headers.get("content-range") ?? "").startsWith(`bytes ${from}-`);

/** What is wrong with a file, or undefined: its size, then its checksum. */
export async function mismatch(path: string, file: HubFile): Promise<string | undefined> {
  const size = existsSync(path) ? statSync(path).size : 0;
  if (size !== file.size) return `${size} bytes instead of ${file.size}`;
  const [hash, expected]: [Hash | undefined, string] = file.sha256
    ? [createHash("sha256"), file.sha256]
    : file.gitOid?.length === 40
      ? [createHash("sha1").update(`blob ${size}\0`), file.gitOid]
      : [undefined, ""];
  if (!hash) return undefined;
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  const actual = hash.digest("hex");
  return actual === expected ? undefined : `checksum ${actual.slice(0, 12)}… instead of ${expected.slice(0, 12)}…`;
}
