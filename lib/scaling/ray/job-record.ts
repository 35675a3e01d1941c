import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "../../core/files/atomic";
import { CorruptData } from "../../core/errors";
import { projectPath } from "../../data/paths";

/** What a run folder remembers of a job, so that a new kernel finds it again. It holds no token. */
interface JobRecord {
  readonly url: string;
  readonly id: string;
  readonly submitted: string; // by this machine's clock
}

const fileIn = (folder: string): string => join(projectPath(folder), "ray.json");

export const writeJobRecord = (folder: string, url: string, id: string): void => {
  const record: JobRecord = { url, id, submitted: new Date().toISOString() };
  writeAtomic(fileIn(folder), `${JSON.stringify(record, undefined, 2)}\n`);
};

/** The job that was last submitted from a folder. Throws RangeError where there is none, and for another cluster's. */
export function readJobRecord(folder: string, url: string): string {
  const file = fileIn(folder);
  if (!existsSync(file))
    throw new RangeError(`ray: no job was submitted from ${folder}: there is no ${file}. Attach by its id.`);
  let record: Partial<JobRecord>;
  try {
    record = JSON.parse(readFileSync(file, "utf8")) as Partial<JobRecord>;
  } catch (cause) {
    throw new CorruptData(file, (cause as Error).message, "Attach by the id of the job.", { cause });
  }
  if (typeof record.id !== "string" || typeof record.url !== "string")
    throw new CorruptData(file, "it has no id and url of a job", "Attach by the id of the job.");
  if (record.url !== url)
    throw new RangeError(`ray: the job of ${folder} was submitted to ${record.url}, and this is ${url}.`);
  return record.id;
}
