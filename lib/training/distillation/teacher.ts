import type { Sequence } from "../../models/decoder/batch";
import type { Policy } from "../../models/policy";
import { logpsOf } from "../measuring/rows-of-batches";
import { tokenizerDifference } from "./same-tokenizer";

/** How tokens are scored. */
export interface TeacherOptions {
  /** divides the teacher's logits, as it divides those of the student; a teacher behind a server has 1 only */
  readonly temperature: number;
  /** sequences in memory at once; 0 is all */
  readonly microBatch: number;
  readonly signal?: AbortSignal | undefined;
}

/** A model that tells how likely it finds the tokens of a student. It is borrowed, and no gradient reaches it. */
export interface Teacher {
  readonly name: string;
  /** The model itself where it is local: a divergence over the whole vocabulary needs its logits. */
  readonly policy?: Policy;
  /**
   * Throws TypeError, with both names, unless the ids of tokens mean the same to student and teacher. Throws RangeError
   * where the two are one model.
   */
  expectFits(student: Policy): void;
  /** [B][R] log π of each response token, nats. What stands after the end of a response is not read. */
  score(sequences: readonly Sequence[], student: Policy, options: TeacherOptions): Promise<number[][]>;
}

/** A local policy as a teacher. It stays the caller's. */
export const localTeacher = (policy: Policy): Teacher => ({
  name: policy.name,
  policy,
  expectFits(student) {
    if (student === policy)
      throw new RangeError(
        `distillation: ${policy.name} is the student and the teacher: its own probabilities teach it nothing. Pass ` +
          "another policy, or policy.freeze() made before other training.",
      );
    const difference = tokenizerDifference(student, policy);
    if (difference !== undefined) throw unequalTokenizers(student.name, policy.name, difference);
  },
  score: async (sequences, _student, options) => logpsOf(policy, sequences, options),
});

/** The error of two models whose ids of tokens mean different texts. */
export const unequalTokenizers = (student: string, teacher: string, difference: string): TypeError =>
  new TypeError(
    `distillation: the student ${student} and the teacher ${teacher} have different tokenizers: ${difference}. A ` +
      "token's probability means nothing to the other model. Choose two models of one family.",
  );
