import { memo } from "../../../core/memo";
import { outageOf } from "../../../core/reward-outcome";
import type { Problem } from "../../../core/records";
import { WireFault } from "../../requests/issue";
import { continuedPrompt } from "../../scoring/continued-prompt";
import { labelledProblem, labelSchema } from "../../scoring/label";
import { outcomeRecord } from "../../scoring/outcome-record";
import { queryTool, runQuery } from "../../scoring/query-tool";
import type { Scorer } from "../../scoring/scorer";
import type { ServedTask, ServedTasks } from "../../scoring/served-task";
import { outageFault } from "../outage-answer";
import { requestedTask } from "../score";
import type { Gym, Row } from "./gym";
import { responseText } from "./response-text";

/** What the collector of rollouts calls a failure that another attempt may get past. */
const failureClass = { _ng_failure_class: "transient" };

const sessionsAtMost = 100_000;

/** What a row says of its problem. */
interface Asked {
  readonly served: ServedTask;
  readonly problem: Problem;
}

/**
 * Query rewriting as a NeMo Gym resources server. A row has `label`, as POST /score takes it, and may have `task`, both
 * also inside `verifier_metadata`. The tool `run_query` lets the model try queries of the session's problem.
 *
 * A reward must be a number there, so an outage is status 503 with NeMo Gym's failure class: its agents then report the
 * rollout as failed, and it is in no mean.
 */
export function rewardGym(tasks: ServedTasks, scorer: Scorer): Gym {
  const seeded = memo<string, Asked>({ most: sessionsAtMost });
  return {
    className: "DeepRetrievalResourcesServer",
    instance: "deepretrieval",
    row: {
      type: "object",
      properties: {
        task: { type: ["string", "null"] },
        label: labelSchema,
        verifier_metadata: { type: ["object", "null"] },
      },
    },
    tools: {
      [queryTool.name]: {
        description: queryTool.description,
        input: queryTool.input,
        async call(given, session, signal) {
          const asked = seeded.get(session);
          if (!asked)
            throw new WireFault(
              400,
              "this session has no problem: seed_session comes first, and its cookie must be sent",
            );
          try {
            return await runQuery(asked.served, asked.problem, given, signal);
          } catch (error) {
            const outage = outageOf(error);
            throw outage ? outageFault(outage, failureClass) : error;
          }
        },
      },
    },
    async seed(row, session) {
      const asked = askedIn(tasks, row);
      if (!asked) throw missingLabel(row);
      seeded.set(session, asked);
    },
    async verify(request, session, signal) {
      const asked = askedIn(tasks, request) ?? seeded.get(session);
      if (!asked) throw missingLabel(request);
      const completion = responseText(request.response);
      const prompt = continuedPrompt(asked.served.task, asked.problem, completion);
      const [outcome] = await scorer.score([{ ...asked, completion, prompt }], signal);
      if (outcome!.kind === "outage") throw outageFault(outcome!, failureClass);
      const { reward, kind, query, why, components } = outcomeRecord(asked.served, outcome!);
      return { reward: reward!, ...components, reward_kind: kind, rewritten_query: query, why };
    },
  };
}

/** The problem of a row; undefined where the row does not say it. */
function askedIn(tasks: ServedTasks, row: Row): Asked | undefined {
  const metadata = (row["verifier_metadata"] ?? {}) as Row;
  const task = row["task"] ?? metadata["task"];
  const [label, loc] =
    row["label"] === undefined
      ? [metadata["label"], ["body", "verifier_metadata", "label"]]
      : [row["label"], ["body", "label"]];
  if (label === undefined || label === null) return undefined;
  const served = requestedTask(tasks, typeof task === "string" ? task : undefined);
  return { served, problem: labelledProblem(served, label, loc) };
}

const missingLabel = (row: Row): WireFault =>
  new WireFault(422, [{ type: "missing", loc: ["body", "label"], msg: "Field required", input: row }]);
