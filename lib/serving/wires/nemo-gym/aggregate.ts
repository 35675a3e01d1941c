/** What `/verify` answered, and the indices that the collector of rollouts put on it. */
export type VerifyResponse = Readonly<Record<string, unknown>>;

/** Statistics over rollouts, as NeMo Gym's RewardProfiler names them. */
export interface AggregateMetrics {
  readonly group_level_metrics: readonly Readonly<Record<string, unknown>>[]; // one for each task, by its index
  readonly agent_metrics: Readonly<Record<string, number>>; // over all rollouts
  readonly key_metrics: Readonly<Record<string, number>>; // the means among them
}

const taskKey = "_ng_task_index";
const rolloutKey = "_ng_rollout_index";

/**
 * Mean, maximum, minimum, median and sample standard deviation of every number of the responses, and of the token
 * counts in `response.usage`: for each task and over all. A truth value counts as 0 or 1. A response without a number
 * is not in that number's statistics, so an outage, whose reward is null, moves no mean.
 */
export function aggregateMetrics(responses: readonly VerifyResponse[]): AggregateMetrics {
  const groups = new Map<number, VerifyResponse[]>();
  for (const response of responses) {
    const task = indexOf(response, taskKey);
    if (!groups.has(task)) groups.set(task, []);
    groups.get(task)!.push(response);
  }
  const all = statistics(responses);
  return {
    group_level_metrics: [...groups].sort(([a], [b]) => a - b).map(([task, own]) => groupOf(task, own)),
    agent_metrics: all,
    key_metrics: Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith("mean/"))),
  };
}

const indexOf = (response: VerifyResponse, key: string): number => {
  const index = response[key];
  return typeof index === "number" ? index : 0;
};

function groupOf(task: number, responses: readonly VerifyResponse[]): Readonly<Record<string, unknown>> {
  return {
    [taskKey]: task,
    ...statistics(responses),
    sample: { agent_ref: { name: "agent" } },
    num_rollouts: responses.length,
    expected_num_rollouts: responses.length,
    missing_num_rollouts: 0,
    reward_profile_completion_pct: 100,
    rollout_infos: responses
      .map((response) => {
        const rollout = indexOf(response, rolloutKey);
        const { reward, ...others } = numbersOf(response);
        const own = reward === undefined ? {} : { reward };
        return { rollout_id: `${task}:${rollout}`, [taskKey]: task, [rolloutKey]: rollout, ...own, ...others };
      })
      .sort((a, b) => Number(a[rolloutKey]) - Number(b[rolloutKey])),
  };
}

/** The numbers of a response by name, token counts included. */
function numbersOf(response: VerifyResponse): Readonly<Record<string, number>> {
  const usage = (response["response"] as { readonly usage?: object | null } | null | undefined)?.usage ?? {};
  const entries = [...Object.entries(response), ...Object.entries(usage)] as [string, unknown][];
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, number][] => {
      if (name === taskKey || name === rolloutKey) return [];
      if (typeof value === "boolean") return [[name, Number(value)]];
      return typeof value === "number" && Number.isFinite(value) ? [[name, value]] : [];
    }),
  );
}

const measures: readonly (readonly [name: string, of: (values: readonly number[]) => number])[] = [
  ["mean", (values) => mean(values)],
  ["max", (values) => values.reduce((a, b) => Math.max(a, b))],
  ["min", (values) => values.reduce((a, b) => Math.min(a, b))],
  ["median", (values) => median(values)],
  ["std", (values) => deviation(values)],
];

function statistics(responses: readonly VerifyResponse[]): Record<string, number> {
  const columns = new Map<string, number[]>();
  for (const response of responses)
    for (const [name, value] of Object.entries(numbersOf(response))) {
      if (!columns.has(name)) columns.set(name, []);
      columns.get(name)!.push(value);
    }
  return Object.fromEntries(
    measures.flatMap(([measure, of]) => [...columns].map(([name, values]) => [`${measure}/${name}`, of(values)])),
  );
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** With n − 1 in the denominator; 0 for a single value. */
function deviation(values: readonly number[]): number {
  if (values.length === 1) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
