import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ParameterValue } from "./parameters";

/** What a reader needs to know to run the notebook again and get the same. */
export interface Stamp {
  readonly version: string; // of this library
  readonly date: string; // when the run began, ISO 8601
  readonly node: string;
  readonly platform: string; // "linux-x64"
  readonly cpus: number;
  readonly lock: string; // first 16 hex digits of the SHA-256 of package-lock.json; "" without one
  readonly seed?: ParameterValue; // where the notebook has a parameter of this name
  readonly parameters: Readonly<Record<string, ParameterValue>>; // every one, set from outside or not
}

/** The stamp of a run with these parameters, for the package at `root`. */
export function environmentStamp(
  root: string,
  parameters: Readonly<Record<string, ParameterValue>>,
  now = new Date(),
): Stamp {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  const lockFile = path.join(root, "package-lock.json");
  const lock = existsSync(lockFile)
    ? createHash("sha256").update(readFileSync(lockFile)).digest("hex").slice(0, 16)
    : "";
  const seed = parameters["seed"];
  return {
    version,
    date: now.toISOString(),
    node: process.version,
    platform: `${os.platform()}-${os.arch()}`,
    cpus: os.availableParallelism(),
    lock,
    ...(seed === undefined ? {} : { seed }),
    parameters,
  };
}
