import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SearchUnavailable } from "../../../core/errors";
import { projectPath } from "../../../data/paths";
import type { TrainingStep } from "../../../training/loop/training-step";
import { filePath } from "../log/whole-log";
import { markedRecords, stepReader } from "../log/metrics";
import { lastLine, rayCall, textOf } from "../wire/call";
import type { RayServer } from "../wire/server";

/** The files of a run that came back. */
export interface FetchedRun {
  readonly folder: string; // absolute
  readonly files: readonly string[]; // below it
  readonly step?: number; // of the checkpoint
  /** the folder of the checkpoint as transformers has it: `model(checkpoint)` reads it; absent where none came */
  readonly checkpoint?: string;
  /** the metrics of all attempts, under the names of a run on this machine */
  readonly history: readonly TrainingStep[];
  readonly why?: string; // there is no checkpoint
}

interface Offered {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly link: string;
}

/**
 * Brings files that a job has offered to this machine, each whole and with its checksum compared. A file that is here
 * already is not brought again. Throws SearchUnavailable for one that comes otherwise than it was offered, three times.
 *
 * @param lines of the log of the job
 * @param node where it ran
 */
export async function fetched(
  server: RayServer,
  lines: readonly string[],
  node: string,
  into: string,
  signal?: AbortSignal,
): Promise<FetchedRun> {
  const folder = projectPath(into);
  const records = markedRecords(lines);
  const offers = records.filter(({ kind }) => kind === "file") as unknown as readonly Offered[];
  const over = records.find(({ kind }) => kind === "over");
  if (over?.["files"] !== offers.length)
    throw new SearchUnavailable(server.name, "the list of files is not complete", "Fetch again.", { outage: "reply" });
  for (const offer of offers) await bring(server, offer, node, folder, signal);
  const paths = offers.map(({ path }) => path);
  const why = records.find(({ kind }) => kind === "none")?.["why"];
  const step = over["step"];
  return {
    folder,
    files: paths,
    ...(typeof step === "number" && { step }),
    ...(paths.some((path) => /^checkpoint\/.*\.safetensors$/.test(path)) && { checkpoint: join(folder, "checkpoint") }),
    history: historyOf(paths.filter((path) => /^metrics\//.test(path)).map((path) => join(folder, path))),
    ...(typeof why === "string" && { why }),
  };
}

async function bring(server: RayServer, offer: Offered, node: string, folder: string, signal?: AbortSignal) {
  const { path, bytes, sha256, link } = offer;
  if (!/^(metrics|checkpoint|lora_adapter)\/[^/\\]+$/.test(path) || /^\.+$/.test(path.split("/")[1]!))
    throw new RangeError(`ray: the job offers a file called ${JSON.stringify(path)}, which has no place here.`);
  const file = join(folder, path);
  if (existsSync(file) && createHash("sha256").update(readFileSync(file)).digest("hex") === sha256) return;
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}.part`;
  for (let tries = 1; ; tries++) {
    const digest = createHash("sha256");
    const handle = openSync(part, "w");
    let size = 0;
    const onData = (data: Uint8Array): void => {
      digest.update(data);
      size += data.length;
      for (let done = 0; done < data.length; ) done += writeSync(handle, data, done);
    };
    try {
      // one attempt at a time: a second one would be appended to what came of the first
      const reply = await rayCall({ ...server, attempts: 1 }, { path: filePath(node, link), onData, signal });
      if (reply.status !== 200) throw incomplete(server, path, `HTTP ${reply.status}: ${lastLine(textOf(reply))}`);
      if (size !== bytes || digest.digest("hex") !== sha256)
        throw incomplete(server, path, `${size} bytes came of ${bytes}, or others than it has`);
      fsyncSync(handle);
      renameSync(part, file);
      return;
    } catch (error) {
      rmSync(part, { force: true });
      const { name, outage } = error as { name?: unknown; outage?: unknown };
      if (tries === 3 || name !== "SearchUnavailable" || outage === "refused") throw error;
    } finally {
      closeSync(handle);
    }
  }
}

const incomplete = ({ name }: RayServer, path: string, why: string): SearchUnavailable =>
  new SearchUnavailable(name, `the file ${path}: ${why}`, "Fetch again.", { outage: "reply" });

/** The steps in files of verl's file logger, one file an attempt, in the order of their names; the last one counts. */
function historyOf(files: readonly string[]): TrainingStep[] {
  const steps = new Map<number, TrainingStep>();
  for (const file of files) for (const step of readVerlMetrics(readFileSync(file, "utf8"))) steps.set(step.step, step);
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

/** The steps of a text that verl's file logger wrote; a last line that was cut off is left out. */
export function readVerlMetrics(text: string): TrainingStep[] {
  const read = stepReader();
  return text.split("\n").flatMap((line) => read(line) ?? []);
}
