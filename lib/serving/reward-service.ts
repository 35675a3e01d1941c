import { addWire } from "./wires/wire-route";
import type { App } from "./http/app";
import { Counter, Gauge } from "./http/metrics";
import type { Service } from "./http/service";
import { outcomeCounting } from "./scoring/outcome-counting";
import { scorer, type ScorerSettings } from "./scoring/scorer";
import type { ServedTasks } from "./scoring/served-task";
import { cookieName, nemoGymRoutes, sessionOf } from "./wires/nemo-gym/routes";
import { rewardGym } from "./wires/nemo-gym/reward-gym";
import { sessionCookies } from "./wires/nemo-gym/session-cookie";
import { openRlhfRoutes } from "./wires/openrlhf";
import { rewardEnvironment } from "./wires/openenv/reward-environment";
import { openEnvRoutes } from "./wires/openenv/routes";
import { sessions } from "./wires/openenv/sessions";
import { openEnvSockets } from "./wires/openenv/sockets";
import { scoreRoutes } from "./wires/score";
import { searchR1Routes } from "./wires/search-r1";
import { verlRoutes } from "./wires/verl";

/** What a reward server may be told. */
export interface RewardServiceOptions extends ScorerSettings {
  readonly version?: string;
  /** OpenEnv's episodes at a time, on sockets and over HTTP; 1024 if absent. A trainer has one for each rollout. */
  readonly episodes?: number;
  /** signs NeMo Gym's cookies, the same for all replicas; a random one if absent */
  readonly secret?: string;
  /** bytes of a frame of a socket; 1 MiB if absent */
  readonly largestFrame?: number;
  /** what the tasks hold on to, such as databases */
  readonly close?: () => void | Promise<void>;
}

/**
 * The rewards of tasks, for trainers that are not ours: POST /score, OpenEnv, NeMo Gym, OpenRLHF, Search-R1 and verl. A
 * malformed completion has a reward. An engine that is down has none: null where a wire allows it, status 503 where a
 * reward must be a number.
 */
export function rewardService(tasks: ServedTasks, options: RewardServiceOptions = {}): Service {
  const { version = "0", episodes = 1024, secret, largestFrame = 1024 * 1024, close, ...limits } = options;
  const plain = scorer(limits);
  return {
    name: "rewards",
    health: () => ({ ready: true, tasks: tasks.map(({ name }) => name), pending: plain.pending() }),
    ...(close && { close }),
    async routes(app, { metrics }) {
      const registers = [metrics];
      const rewards = new Counter({
        name: "deepretrieval_rewards_total",
        help: "Completions that were scored, by task and by what came of them",
        labelNames: ["task", "kind"],
        registers,
      });
      new Gauge({
        name: "deepretrieval_rewards_pending",
        help: "Completions that are scored or wait",
        registers,
        collect() {
          this.set(plain.pending());
        },
      });
      const counted = outcomeCounting(plain, (task, kind) => rewards.inc({ task, kind }));
      const environment = rewardEnvironment(tasks, counted, version);
      const open = sessions(environment, episodes);
      const scope = (add: (scope: App) => void | Promise<void>) => app.register(async (scope) => add(scope));
      await scope((own) => addWire(own, "rewards", scoreRoutes(tasks, counted)));
      await scope((own) =>
        addWire(own, "trainers", [
          ...openRlhfRoutes(tasks, counted),
          ...searchR1Routes(tasks),
          ...verlRoutes(tasks, counted),
        ]),
      );
      await scope((own) => openEnvSockets(own, environment, open, largestFrame));
      await scope((own) => addWire(own, "openenv", openEnvRoutes(environment, open)));
      const gym = rewardGym(tasks, counted);
      const cookies = sessionCookies(cookieName(gym), secret);
      await scope((own) => addWire(own, "nemo gym", nemoGymRoutes(gym), sessionOf(cookies)));
    },
  };
}
