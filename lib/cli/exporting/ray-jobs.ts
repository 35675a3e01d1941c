import { existsSync } from "node:fs";
import { ray, type RayCluster } from "../../scaling/ray/ray";
import type { RayJobInfo } from "../../scaling/ray/wire/job-info";
import { readVerlExport } from "../../scaling/ray/verl/verl-submission";
import { command, exitCodes } from "../command/command";
import { flag, pathHere, required, text, type Values } from "../command/options";
import { stopSignals } from "../command/stop-signals";
import { UsageError } from "../command/usage";

const common = {
  address: required(text("URL", "of Ray's dashboard, such as http://10.0.0.5:8265"), "Which cluster?"),
  ca: text("FILE", "PEM file with the certificate that signed the cluster's"),
  json: flag("JSON on stdout, a line each"),
};

type Common = Values<typeof common>;

const clusterOf = ({ address, ca }: Common): RayCluster =>
  ray(address, { ...(ca !== undefined && { ca: pathHere(ca) }) });

const told = (info: RayJobInfo, json: boolean): void => {
  const { id, state, message, exitCode } = info;
  const line = json
    ? JSON.stringify({ id, state, message, exitCode: exitCode ?? null })
    : `${state.padEnd(9)}  ${id}  ${message.split("\n")[0]}`;
  process.stdout.write(`${line}\n`);
};

/** The one word behind a command. */
function only(operands: readonly string[], question: string): string {
  if (operands.length === 0) throw new UsageError(question);
  return operands[0]!;
}

/** Follows a job to its end: the log on stderr, or its steps as JSON on stdout. */
async function followed(cluster: RayCluster, id: string, json: boolean): Promise<number> {
  const stop = stopSignals(() => process.stderr.write(`The job goes on: deepretrieval ray follow ${id}\n`));
  try {
    const job = await cluster.attach(existsSync(id) ? { folder: pathHere(id) } : id, stop.interrupt);
    const onLine = (line: string) => void process.stderr.write(`${line}\n`);
    for await (const step of job.follow({ onLine, signal: stop.interrupt }))
      if (json) process.stdout.write(`${JSON.stringify(step)}\n`);
    const info = await job.status();
    told(info, json);
    return info.state === "SUCCEEDED" ? exitCodes.ok : exitCodes.failed;
  } finally {
    stop.release();
  }
}

const verbs = ["submit", "follow", "stop", "list"] as const;
type Verb = (typeof verbs)[number];

const options = {
  ...common,
  id: text("ID", "submit: of the submission (default: a new one)"),
  follow: flag("submit: wait for its end"),
  autoscaling: flag("submit: the cluster adds GPUs when a job asks for them"),
};

/** `deepretrieval ray submit`, `ray follow`, `ray stop` and `ray list`. */
export const rayJobs = command({
  topic: "Data and models",
  words: "ray",
  verbs,
  calls: "ray VERB [options]",
  does: "submit, follow, stop or list jobs of a Ray cluster",
  options,
  operands: {
    says: [
      ["submit DIR", "an export of verl, where deepretrieval export verl wrote it"],
      ["follow ID", "the log of a job until it ends, on stderr; its steps on stdout with --json"],
      ["stop ID", "end a job. ID may be the folder that it was submitted from"],
      ["list", "every job, the newest first"],
    ],
    most: 2,
  },
  notes: "The token of a cluster that wants one is read from RAY_AUTH_TOKEN. Ctrl-C leaves a followed job alone.",
  run: (values, [verb = "", ...operands]) => {
    if (!verbs.includes(verb as Verb))
      throw new UsageError(`ray ${verb}: write "ray submit DIR", "ray follow ID", "ray stop ID" or "ray list"`);
    return actions[verb as Verb](values, operands);
  },
});

type Action = (values: Values<typeof options>, operands: readonly string[]) => Promise<number>;

const actions: Readonly<Record<Verb, Action>> = {
  async submit(values, operands) {
    const { id, follow, autoscaling, json } = values;
    const exported = readVerlExport(pathHere(only(operands, "what to submit? Give the folder of an export")));
    const cluster = clusterOf(values);
    const job = await cluster.submit(exported, { autoscaling, ...(id !== undefined && { id }) });
    if (follow) return followed(cluster, job.id, json);
    told(await job.status(), json);
    return exitCodes.ok;
  },
  follow: (values, operands) => followed(clusterOf(values), only(operands, "which job? Give its ID"), values.json),
  async stop(values, operands) {
    const id = only(operands, "which job? Give its ID");
    const attached = await clusterOf(values).attach(existsSync(id) ? { folder: pathHere(id) } : id);
    told(await attached.stop(), values.json);
    return exitCodes.ok;
  },
  async list(values, operands) {
    if (operands.length > 0) throw new UsageError(`ray list: what is "${operands[0]}"?`);
    for (const info of await clusterOf(values).list()) told(info, values.json);
    return exitCodes.ok;
  },
};
