import { above, from, having, list, text, filledText } from "../../core/ranges";
import type { Range } from "../../core/ranges";

/** Settings of `ray`. */
export const rayDefaults = {
  /** of a cluster with token authentication; "" takes the environment variable RAY_AUTH_TOKEN, as Ray does */
  token: "",
  /** a file in PEM format, or its text: the certificate that signed the cluster's, where the system does not know it */
  ca: "",
  /** attempts of one call */
  attempts: 5,
  /** seconds without a byte of a call */
  timeoutSeconds: 60,
  /** seconds that a followed job may wait for resources */
  startSeconds: 900,
  /** seconds that the cluster may be away while a job is followed */
  patienceSeconds: 3600,
  /** seconds between two looks at a job's state */
  pollSeconds: 2,
  /** MiB of a package; Ray takes about 100 */
  packageMegabytes: 100,
};

export const rayRanges = {
  token: text,
  ca: text,
  startSeconds: from(0),
  patienceSeconds: from(0),
  pollSeconds: above(0),
  packageMegabytes: above(0),
};

/** A job of any kind. */
export interface RayCommand {
  /** what a shell of the cluster runs: "python3 train.py" */
  readonly entrypoint: string;
  /** a folder whose files the job finds in its working folder */
  readonly workingDir?: string;
  /** patterns of paths of that folder that stay here, in which * is any text: ["*.ckpt", "runs/*"] */
  readonly exclude?: readonly string[];
  /** environment variables; the cluster's pages show them */
  readonly env?: Readonly<Record<string, string>>;
  /** packages of Python that Ray installs for the job */
  readonly pip?: readonly string[];
  /** other keys of Ray's runtime_env */
  readonly runtimeEnv?: Readonly<Record<string, unknown>>;
  /** texts that stay with the job */
  readonly metadata?: Readonly<Record<string, string>>;
  /** for the entrypoint itself, on one node: a trainer takes its GPUs by itself */
  readonly cpus?: number;
  readonly gpus?: number;
  /** bytes, for the entrypoint itself */
  readonly memory?: number;
  /** Ray's custom resources, for the entrypoint itself */
  readonly resources?: Readonly<Record<string, number>>;
}

/** How a job is submitted. */
export interface RaySubmitOptions {
  /** of the submission, one that the cluster has not seen: letters, digits, ".", "_", "-"; a new one if absent */
  readonly id?: string;
  /** the folder that gets ray.json, by which `attach({ folder })` finds the job again; of an export its own */
  readonly folder?: string;
  /** environment variables beside those of the job */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const record = having('a record of texts, such as { NAME: "value" }');

export const commandRanges: Readonly<Record<keyof RayCommand, Range>> = {
  entrypoint: filledText,
  workingDir: filledText,
  exclude: list,
  env: record,
  pip: list,
  runtimeEnv: having("a record"),
  metadata: record,
  cpus: from(0),
  gpus: from(0),
  memory: from(0),
  resources: having("a record of numbers"),
};

export const submitRanges: Readonly<Record<keyof RaySubmitOptions, Range>> = {
  id: filledText,
  folder: filledText,
  env: record,
  signal: having("an AbortSignal", "aborted"),
};
