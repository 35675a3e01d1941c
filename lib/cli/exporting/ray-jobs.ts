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

const tokenNote = "The token of a cluster that wants one is read from RAY_AUTH_TOKEN.";

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

/** `deepretrieval ray submit`. */
export const raySubmit = command({
  topic: "Data and models",
  words: "ray submit",
  calls: "ray submit DIR --address URL [--follow]",
  does: "an export of verl as a job of a Ray cluster",
  options: {
    ...common,
    id: text("ID", "of the submission (default: a new one)"),
    follow: flag("wait for its end; Ctrl-C leaves the job alone"),
    autoscaling: flag("the cluster adds GPUs when a job asks for them"),
  },
  operands: { says: [["DIR", "where deepretrieval export verl wrote"]], most: 1 },
  notes: tokenNote,
  run: async (values, operands) => {
    const { id, follow, autoscaling, json } = values;
    const exported = readVerlExport(pathHere(only(operands, "what to submit? Give the folder of an export")));
    const cluster = clusterOf(values);
    const job = await cluster.submit(exported, { autoscaling, ...(id !== undefined && { id }) });
    if (follow) return followed(cluster, job.id, json);
    told(await job.status(), json);
    return exitCodes.ok;
  },
});

const job = { says: [["ID", "of the submission, or the folder that it was submitted from"]], most: 1 } as const;

/** `deepretrieval ray follow`. */
export const rayFollow = command({
  topic: "Data and models",
  words: "ray follow",
  calls: "ray follow ID --address URL",
  does: "the log of a job until it ends; its steps with --json",
  options: common,
  operands: job,
  notes: `${tokenNote} Ctrl-C leaves the job alone.`,
  run: (values, operands) => followed(clusterOf(values), only(operands, "which job? Give its ID"), values.json),
});

/** `deepretrieval ray stop`. */
export const rayStop = command({
  topic: "Data and models",
  words: "ray stop",
  calls: "ray stop ID --address URL",
  does: "end a job",
  options: common,
  operands: job,
  notes: tokenNote,
  run: async (values, operands) => {
    const id = only(operands, "which job? Give its ID");
    const attached = await clusterOf(values).attach(existsSync(id) ? { folder: pathHere(id) } : id);
    told(await attached.stop(), values.json);
    return exitCodes.ok;
  },
});

/** `deepretrieval ray list`. */
export const rayList = command({
  topic: "Data and models",
  words: "ray list",
  calls: "ray list --address URL",
  does: "the jobs of a Ray cluster, the newest first",
  options: common,
  notes: tokenNote,
  run: async (values) => {
    for (const info of await clusterOf(values).list()) told(info, values.json);
    return exitCodes.ok;
  },
});
