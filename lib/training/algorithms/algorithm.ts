import type { Teacher } from "../distillation/teacher";
import type { Groups, Scores } from "../estimators/groups";
import type { Rows } from "../estimators/masked";
import type { KLController } from "../kl/controller";
import type { KLBounds, KLLossKind } from "../kl/kinds";
import type { PolicyLossFunction, PolicyLossOptions } from "../losses/policy-loss-input";

/**
 * The inputs of an estimator, for the responses of one step. B is the number of responses, R the length of the longest.
 * A response whose reward is not known, because an engine was down, is left out.
 */
export interface SampledStep {
  readonly scores: Scores; // [B] Σ_t r_t of each response: its reward, less the KL penalty where that is in the reward
  readonly groups: Groups; // [B] responses to one prompt share a name
  readonly rewards: Rows; // [B][R] r_t: the reward stands on the last response token, the KL penalty on every token
  readonly mask: Rows; // [B][R] 1 on response tokens
  readonly values?: Rows; // [B][R] the critic's estimates; present where the algorithm has a critic
  readonly logps?: Rows; // [B][R] log π_old of the tokens, nats; the training loop always gives them
  readonly baselines?: readonly number[]; // [B] reward of the greedy response to the same prompt; where `greedy` is set
  readonly teacher?: Rows; // [B][R] log π_teacher of the tokens, nats; present where the algorithm has a teacher
}

/** The result of an estimator. */
export interface Estimate {
  readonly advantages: Rows; // [B][R] as the policy loss reads them, 0 outside the mask
  readonly returns?: Rows; // [B][R] the targets of the critic; present where the algorithm has a critic
}

/** How a critic is trained. */
export interface CriticChoices {
  readonly learningRate: number;
  readonly epochs: number; // passes over the responses of a step
  readonly warmup: number; // first steps, in which the critic alone is trained
  readonly valueClip: number; // how far a value may move in one step, in units of the reward
}

/** How divergence from a reference policy is penalised. */
export interface KLChoices {
  readonly place: "reward" | "loss";
  readonly kind: KLLossKind; // in the reward, a kind without "+"
  readonly controller: KLController; // at the first step; its coefficient is kept in checkpoints
  readonly bounds?: KLBounds;
}

/** How a teacher is learnt from. */
export interface TeacherChoices {
  readonly teacher: Teacher; // borrowed
  readonly coefficient: number; // weight of the divergence from it
  readonly full: boolean; // whether the loss has the divergence over the whole vocabulary, of a local teacher
}

/**
 * A reinforcement learning algorithm as a record of choices. The training loop reads the record and knows no algorithm
 * by its name: a new algorithm is a function that returns such a record.
 *
 * The fields of an algorithm tell what it needs: a critic if it has `critic`, a frozen reference policy if it has `kl`,
 * and `group` responses to every prompt.
 */
export interface Algorithm {
  /** as config.json and errors name it */
  readonly name: string;
  /** The settings it was made from, as JSON has them. A run goes on only with the settings it began with. */
  readonly choices: Readonly<Record<string, unknown>>;
  /** The conventions of its profile that the advantages depend on, as they are there. */
  readonly conventions?: Readonly<Record<string, unknown>> | undefined;
  /** responses sampled for each prompt; from 1 */
  readonly group: number;
  readonly critic?: CriticChoices | undefined;
  readonly kl?: KLChoices | undefined;
  /** A model whose probabilities the policy learns. With `full` the loss has the divergence from it. */
  readonly teacher?: TeacherChoices | undefined;
  /** Whether every prompt has a greedy response too, whose reward is a baseline. It is scored and not trained on. */
  readonly greedy?: boolean | undefined;
  /** Advantages of every response token. Throws nothing: a group without a comparison has advantage 0. */
  readonly estimate: (step: SampledStep) => Estimate;
  /** The loss that moves the policy, and its settings. Totals of micro-batches are added by the loop. */
  readonly loss: PolicyLossFunction;
  readonly lossOptions: PolicyLossOptions;
  /** weight of the entropy bonus in the loss; 0 is none */
  readonly entropyCoefficient: number;
  /** What is added to a reward because of the length of the response, such as the overlong penalty of DAPO. */
  readonly shape?: ((response: { readonly length: number; readonly limit: number }) => number) | undefined;
  /** Dynamic sampling: the most rounds in which prompts are drawn until a batch has enough groups with spread. */
  readonly rounds?: number | undefined;
}
