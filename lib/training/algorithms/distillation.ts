import { above, from, oneOf, within } from "../../core/ranges";
import type { Policy } from "../../models/policy";
import { localTeacher, type Teacher } from "../distillation/teacher";
import { groupBaseline } from "../estimators/group-baseline";
import { overTokens } from "../estimators/groups";
import type { Rows } from "../estimators/masked";
import { policyLoss } from "../losses/policy-loss";
import type { Algorithm, SampledStep } from "./algorithm";
import { groupSettings, partsOf, type GroupSettings } from "./group-settings";
import { refuse } from "./refusals";

/** Settings of on-policy distillation besides those of every group algorithm. */
export interface DistillationSettings extends GroupSettings {
  /** "sampled": log-probabilities of the sampled tokens. "full": every token of the vocabulary, of a local teacher */
  readonly divergence: "sampled" | "full";
  /** weight of the divergence from the teacher */
  readonly teacherCoefficient: number;
  /** weight of the advantage that the task's reward gives in its group; 0 learns from the teacher alone */
  readonly rewardCoefficient: number;
  /** how much of the divergence of later tokens counts for a token; 0 is its own alone. "sampled" only */
  readonly teacherDiscount: number;
}

/**
 * On-policy distillation (Agarwal et al. 2024, GKD; Tinker's recipe): the student samples, a larger teacher scores the
 * student's own tokens, and the student lowers its reverse KL divergence KL(π‖π_teacher).
 *
 * With `divergence: "sampled"` each token has the advantage log π_teacher − log π_old, and the loss is the
 * importance-weighted −ρ·Â without a clip. With `"full"` the loss has the exact divergence at each position, which has
 * less variance and needs the logits of both models. A positive `rewardCoefficient` adds GRPO's advantage.
 *
 * The teacher is borrowed: it is neither trained nor disposed of. A Policy is a local teacher, `remoteTeacher` one
 * behind a server. Student and teacher must have equal tokenizers.
 *
 * Throws TypeError for an unknown setting, RangeError for a value out of its range or for two that disagree.
 */
export function distillation(teacher: Policy | Teacher, options: Partial<DistillationSettings> = {}): Algorithm {
  const own = "tokenLogps" in teacher ? localTeacher(teacher) : teacher;
  const given = groupSettings<DistillationSettings>(
    "distillation",
    {
      defaults: {
        divergence: "sampled",
        teacherCoefficient: 1,
        rewardCoefficient: 0,
        teacherDiscount: 0,
        group: (options.rewardCoefficient ?? 0) > 0 ? 8 : 1,
        clip: 1,
        clipHigh: Infinity,
        dualClip: Infinity,
        klCoefficient: 0,
      },
      ranges: {
        divergence: oneOf("sampled", "full"),
        teacherCoefficient: above(0),
        rewardCoefficient: from(0),
        teacherDiscount: within(0, 1),
      },
    },
    options,
  );
  refuse("distillation", { ...given, teacher: own.policy ? "local" : "remote" });
  const full = given.divergence === "full";
  const parts = partsOf("distillation", given);
  return {
    ...parts,
    choices: { ...parts.choices, teacher: own.name },
    ...(given.rewardCoefficient > 0 && { conventions: { groupEpsilon: given.conventions.groupEpsilon } }),
    teacher: { teacher: own, coefficient: given.teacherCoefficient, full },
    estimate: (step) => ({ advantages: sum(rewarded(step, given), full ? [] : taught(step, given)) }),
    loss: policyLoss,
  };
}

/** rewardCoefficient times the advantage of each response in its group. */
function rewarded(
  { scores, groups, mask }: SampledStep,
  { rewardCoefficient, conventions }: DistillationSettings & Pick<ReturnType<typeof groupSettings>, "conventions">,
): Rows {
  if (rewardCoefficient === 0) return mask.map((row) => row.map(() => 0));
  const { groupEpsilon: epsilon, singleton } = conventions;
  const advantages = groupBaseline({ scores, groups }, { epsilon, singleton });
  return overTokens(
    advantages.map((advantage) => rewardCoefficient * advantage),
    mask,
  );
}

/** −c·(log π_old − log π_teacher) of each token, and of the tokens after it with the discount: [B][R]. */
function taught(
  { mask, logps, teacher }: SampledStep,
  { teacherCoefficient, teacherDiscount }: DistillationSettings,
): Rows {
  return mask.map((row, b) => {
    const advantages = row.map((inside, t) => (inside ? teacherCoefficient * (teacher![b]![t]! - logps![b]![t]!) : 0));
    for (let t = row.length - 2; t >= 0; t--)
      if (row[t] && row[t + 1]) advantages[t]! += teacherDiscount * advantages[t + 1]!;
    return advantages;
  });
}

const sum = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, t) => value + (b[i]?.[t] ?? 0)));
