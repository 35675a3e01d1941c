import { random } from "../../core/random";
import { filledText, oneOf, seed as anySeed, whole, type Range } from "../../core/ranges";
import type { Problem } from "../../core/records";
import type { Rewriter, Sampler, Task, Written } from "../../core/roles";
import { checkOptions } from "../../core/settings";
import { promptsOf } from "../../core/task-outputs";
import { completionsWithin } from "../../core/within-context";
import { lastAnswer } from "../../prompts/answer";
import { promptMismatch, publishedCheckpoint, publishedSampling } from "../../prompts/published-checkpoints";
import { reasoningOf } from "../../prompts/reasoning";
import { taskFacts } from "../journal/keys";

/** How a published checkpoint is evaluated. */
export interface FaithfulOptions {
  /** of the system in reports; the default is the checkpoint's id */
  readonly name?: string;
  /** which published checkpoint the model is, where its own name does not tell */
  readonly checkpoint?: string;
  /**
   * "greedy" gives the same text each time; "published" samples as DeepRetrieval's evaluation did, by the base model's
   * generation_config
   */
  readonly decoding?: "greedy" | "published";
  /** names the random stream of "published" */
  readonly seed?: number;
  /** response tokens at most; the default is the checkpoint's: 512 */
  readonly maxTokens?: number;
}

const optionRanges: Readonly<Record<keyof FaithfulOptions, Range>> = {
  name: filledText,
  checkpoint: filledText,
  decoding: oneOf("greedy", "published"),
  seed: anySeed,
  maxTokens: whole(1),
};

/**
 * A published checkpoint as a system, evaluated as DeepRetrieval evaluates it: the data's own prompt, at most 512
 * tokens, and the last <answer> of the response read as strict JSON whatever its other tags are. `rewriter` is the
 * sound counterpart, which demands the form that training demands.
 *
 * The task sets the cut-off and the dates. DeepRetrieval looks at 3000 hits and, in PubMed, at nothing published after
 * the review. Where the task differs from this, `about` names the difference and the run card shows it. The published
 * numbers are of one run with sampling; greedy decoding differs from them by chance.
 *
 * Throws TypeError for prompts that are not those the checkpoint was trained on, and for a checkpoint that is not
 * known.
 *
 * @param sampler the checkpoint: a local policy, or the same behind a server that completes raw prompts
 * @param task the problems with the data's own prompts
 */
export function faithful(sampler: Sampler, task: Task, options: FaithfulOptions = {}): Rewriter {
  checkOptions("faithful", options, optionRanges);
  const checkpoint = publishedCheckpoint(options.checkpoint ?? sampler.name);
  if (checkpoint === undefined)
    throw new TypeError(
      `faithful: ${JSON.stringify(options.checkpoint ?? sampler.name)} is none of the published checkpoints. Say ` +
        `which one it is, as { checkpoint: "DeepRetrieval/DeepRetrieval-PubMed-3B" }, or evaluate it with ` +
        "rewriter(model, task).",
    );
  const { name = checkpoint.id, decoding = "greedy", seed = 0, maxTokens = checkpoint.maxTokens } = options;
  const first = task.problems[0];
  const mismatch = first && promptMismatch(checkpoint.id, task.prompt(first));
  if (mismatch !== undefined) throw new TypeError(`faithful: ${mismatch}`);
  const sampling = decoding === "greedy" ? { temperature: 0 } : publishedSampling[checkpoint.base];
  return {
    name,
    prompt: (problem) => task.prompt(problem),
    inFlight: sampler.inFlight,
    about: () => ({
      model: sampler.name,
      ...sampler.about?.(),
      checkpoint: checkpoint.id,
      mode: "faithful",
      ...sampling,
      maxTokens,
      ...(decoding === "published" && { seed }),
      ...(differences(task) && { differs: differences(task) }),
    }),
    async rewrite(problems, { signal } = {}) {
      const prompts = promptsOf(task, problems);
      const stream = random(seed).fork("rewrite");
      const rng = {
        ...stream,
        fork: (row: string | number, ...path: readonly (string | number)[]) =>
          stream.fork(problems[Number(row)]!.id, ...path),
      };
      const completions = await completionsWithin(sampler, prompts, { ...sampling, maxTokens, rng, signal });
      const answers = problems.map(({ sql }, i) =>
        lastAnswer(prompts[i]! + completions[i]!.text, { key: sql ? "sql" : "query" }),
      );
      const written = answers.map((answer, i): Written => {
        const { text, finished } = completions[i]!;
        const reasoning = reasoningOf(prompts[i]!.slice(-"<think>\n".length) + text);
        return {
          completion: text,
          ...(reasoning && { reasoning }),
          ...(answer.kind === "malformed" && { why: answer.why }),
          ...(finished === false && { finished }),
        };
      });
      const queries = answers.map((answer) => (answer.kind === "query" ? answer.query : ""));
      // a property of the list that is not one of its elements
      return Object.defineProperty(queries, "written", { value: written, enumerable: false });
    },
  };
}

/** How the task differs from DeepRetrieval's evaluation, in words; "" where no difference is known. */
function differences(task: Task): string {
  const { k } = taskFacts(task);
  const { family } = task as Task & { readonly family?: { readonly kind?: string; readonly name?: string } };
  const recall = family === undefined || family.kind === "recall";
  const undated = ({ judgments, maxDate }: Problem) => Object.keys(judgments).length > 0 && maxDate === undefined;
  return [
    recall && typeof k === "number" && k !== 3000 ? `it looks at ${k} hits, not at 3000` : "",
    recall && family?.name !== "ctgov" && task.problems.some(undated) ? "some problems have no date limit" : "",
  ]
    .filter(Boolean)
    .join("; ");
}
