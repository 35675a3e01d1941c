import { whole } from "../../core/ranges";
import { writeAtomic } from "../../core/files/atomic";
import type { Shared } from "../../search/remote/shared/shared";
import { httpDefaults } from "../../serving/http/http-settings";
import { rewardService } from "../../serving/reward-service";
import { scorerDefaults, scorerRanges } from "../../serving/scoring/scorer";
import type { ServedTask, ServedTasks } from "../../serving/scoring/served-task";
import { verlShim } from "../../serving/wires/verl-shim";
import { number, place, text, texts, type Values } from "../command/options";
import { UsageError } from "../command/usage";
import { version } from "../command/version";
import { engineNames, rowEngines } from "../scoring/score-engines";
import { part } from "./part";
import { servedTask, taskNames } from "./served-tasks";

const secretVariable = "DEEPRETRIEVAL_SESSION_SECRET";

const options = {
  task: texts(
    "NAME",
    `rewards of a task for other trainers, as often as wanted: ${taskNames.join(", ")}, or a
FILE of rows in DeepRetrieval's schema`,
  ),
  engine: text("NAME", `what the tasks search, instead of their own: ${engineNames.join(", ")}`),
  passages: text("FILE", "of a FILE with open questions: the texts of the passages, JSON lines"),
  databases: text("DIR", "of a FILE with questions to databases: their folder"),
  redis: text("URL", "what replicas share: the pace of engines on the network, and their answers (redis://HOST:PORT)"),
  concurrency: number(
    "N",
    `completions scored at once (${scorerDefaults.concurrency})`,
    scorerRanges.concurrency,
    scorerDefaults.concurrency,
  ),
  scoreSeconds: number(
    "N",
    `for one completion, then it is an outage (${scorerDefaults.seconds})`,
    scorerRanges.seconds,
    scorerDefaults.seconds,
  ),
  episodes: number("N", "OpenEnv's episodes at a time (1024)", whole(1), 1024),
  writeShim: place("FILE", "write compute_score for verl, a Python file that asks this server"),
};

/** `deepretrieval serve --task`: rewards over the wires of other trainers. */
export const rewardsPart = part({
  options,
  asked: ({ task, writeShim }) => task.length > 0 || writeShim !== undefined,
  open: async (values) => {
    const { task, redis, concurrency, scoreSeconds, episodes, writeShim } = values;
    if (task.length === 0) throw new UsageError(`--write-shim: for which rewards? Add --task ${taskNames.join(", ")}`);
    if (writeShim !== undefined) writeAtomic(writeShim, verlShim(addressIn(values)));
    const shared = redis === undefined ? undefined : await sharedBy(redis);
    try {
      const { tasks, close } = await opened(values, shared);
      const secret = process.env[secretVariable];
      return [
        rewardService(tasks, {
          version: version(),
          concurrency,
          seconds: scoreSeconds,
          episodes,
          ...(secret && { secret }),
          close: async () => {
            close();
            await shared?.close();
          },
        }),
      ];
    } catch (error) {
      await shared?.close();
      throw error;
    }
  },
});

type Given = Values<typeof options>;

/** The tasks that the command line names, and what ends them. */
async function opened(
  { task: names, engine, passages, databases }: Given,
  shared: Shared | undefined,
): Promise<{ readonly tasks: ServedTasks; readonly close: () => void }> {
  const { engines, close } = await rowEngines({
    ...(engine !== undefined && { engine }),
    ...(passages !== undefined && { passages }),
    ...(shared && { shared }),
  });
  const tasks: (ServedTask & { readonly close?: () => void })[] = [];
  const closeAll = () => [...tasks.map(({ close }) => close), close].forEach((each) => each?.());
  try {
    for (const name of names) tasks.push(await servedTask(name, { engines, databases }));
    const again = tasks.find(({ name }, i) => tasks.findIndex((other) => other.name === name) < i);
    if (again) throw new UsageError(`--task: two tasks would be called "${again.name}". Rename one of the files`);
  } catch (error) {
    closeAll();
    throw error;
  }
  return { tasks: tasks as unknown as ServedTasks, close: closeAll };
}

/** Redis' client is loaded for those who have a Redis. */
async function sharedBy(url: string): Promise<Shared> {
  const { redisShared } = await import("../../search/remote/shared/redis");
  return redisShared(url);
}

/** The address of the server that will listen. */
function addressIn(values: Given): string {
  const { host = httpDefaults.host, port } = values as Given & { readonly host?: string; readonly port?: number };
  if (!port) throw new UsageError("--write-shim: the file names the server's port. Give --port N");
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
