import { randomBytes } from "node:crypto";
import { SearchUnavailable } from "../../core/errors";
import { jobInfo } from "./wire/job-info";
import { jsonOf, lastLine, rayCall, textOf } from "./wire/call";
import type { RayServer } from "./wire/server";
import { resourcesKey } from "./log/job-log";
import { uploaded } from "./package/upload";
import { type PackageFiles, workingFiles } from "./package/working-files";
import type { RayCommand } from "./settings";

/** A job that is about to be submitted. */
export interface Submission extends RayCommand {
  readonly files?: PackageFiles; // beside those of workingDir
}

const tag = "deepretrieval_submission"; // of the metadata: tells our own repeated call from another's job

/**
 * Submits a job under `id`. A call whose reply was lost is repeated, and never makes a second job. Throws RangeError
 * for an id that is taken, with the state of the job that has it, and for a job that the cluster refuses as wrong.
 */
export async function submitted(
  server: RayServer,
  id: string,
  job: Submission,
  { packageLimit, signal }: { readonly packageLimit: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { workingDir, exclude = [], files, env, pip, runtimeEnv, metadata } = job;
  const sent = { ...(workingDir !== undefined && workingFiles(workingDir, exclude, packageLimit)), ...files };
  const asked = resourcesOf(job);
  expectTexts("env", env);
  expectTexts("metadata", metadata);
  const package_ = Object.keys(sent).length > 0 ? await uploaded(server, sent, packageLimit, signal) : undefined;
  const own = randomBytes(12).toString("hex");
  const environment = {
    ...runtimeEnv,
    ...(package_ !== undefined && { working_dir: package_ }),
    ...(env && Object.keys(env).length > 0 && { env_vars: env }),
    ...(pip && pip.length > 0 && { pip }),
  };
  const { cpus, gpus, memory, resources } = job;
  const reply = await rayCall(server, {
    path: "/api/jobs/", // without the slash Ray answers 404
    method: "POST",
    body: {
      entrypoint: job.entrypoint,
      submission_id: id,
      runtime_env: environment,
      metadata: { ...metadata, [tag]: own, [resourcesKey]: JSON.stringify(asked) },
      ...(cpus !== undefined && { entrypoint_num_cpus: cpus }),
      ...(gpus !== undefined && { entrypoint_num_gpus: gpus }),
      ...(memory !== undefined && { entrypoint_memory: memory }),
      ...(resources !== undefined && { entrypoint_resources: resources }),
    },
    signal,
  });
  if (reply.status === 200) return void jsonOf(server, reply, "the submission");
  const said = textOf(reply);
  const other = await jobInfo(server, id, signal); // Ray answers 500 where an id is taken
  if (other?.metadata[tag] === own) return; // the reply to the first attempt was lost
  if (other)
    throw new RangeError(
      `ray: id is ${JSON.stringify(id)}, and ${server.name} has a job of that id, which is ${other.state}. Follow it ` +
        `with attach(${JSON.stringify(id)}), delete it, or use another id.`,
    );
  if (reply.status === 400 || /status code 400/.test(said))
    throw new RangeError(`ray: ${server.name} refuses the job: ${lastLine(said)}`);
  throw new SearchUnavailable(
    server.name,
    `the submission of ${id}: HTTP ${reply.status}: ${lastLine(said)}`,
    "See the log of its dashboard.",
    { outage: "server" },
  );
}

const resourcesOf = ({ cpus, gpus, memory, resources }: RayCommand): Readonly<Record<string, number>> => ({
  ...(cpus !== undefined && { CPU: cpus }),
  ...(gpus !== undefined && { GPU: gpus }),
  ...(memory !== undefined && { memory }),
  ...resources,
});

function expectTexts(where: string, values: Readonly<Record<string, unknown>> = {}): void {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== "string")
      throw new TypeError(`ray: ${where}.${name} is ${JSON.stringify(value)}; Ray takes texts only. Write it as one.`);
}

/** Ids that stand in file names of the cluster and in addresses. */
const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** The id for a submission, checked, or a new one. Ray itself takes a slash, and then has a job that never starts. */
export function submissionId(given: string | undefined, name: string): string {
  if (given === undefined) return `${name.replace(/[^A-Za-z0-9._-]+/g, "-")}-${randomBytes(6).toString("hex")}`;
  if (!allowed.test(given))
    throw new RangeError(
      `ray: id is ${JSON.stringify(given)}; it must have letters, digits, ".", "_" and "-", at most 200, and begin ` +
        "with a letter or digit.",
    );
  return given;
}
