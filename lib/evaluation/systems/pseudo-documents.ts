import { random } from "../../core/random";
import { filledText, from, oneOf, seed as anySeed, text, whole, type Range } from "../../core/ranges";
import type { Problem } from "../../core/records";
import type { Rewriter, Sampler } from "../../core/roles";
import { checkOptions } from "../../core/settings";
import { completionsWithin } from "../../core/within-context";
import { chatFormats, type ChatFormat, type ChatFormatName } from "../../prompts/chat";
import { questionText } from "../../prompts/templates";

/** How pseudo-documents are written and searched with. */
export interface PseudoDocumentOptions {
  /** of the system in reports; the default is "pseudo-documents by MODEL" */
  readonly name?: string;
  /** the model's conversation format; the default is "chatml" */
  readonly chat?: ChatFormatName | ChatFormat;
  /**
   * how often the question is repeated before the pseudo-document, whose many words would outweigh it; the default is
   * 5, as in query2doc; use 1 for dense engines
   */
  readonly repeat?: number;
  /** what a document is called in the prompt: "passage", "abstract" */
  readonly document?: string;
  /** tokens of a pseudo-document at most */
  readonly maxTokens?: number;
  /** 0 is greedy */
  readonly temperature?: number;
  /** names the random stream of a temperature above 0 */
  readonly seed?: number;
}

const optionRanges: Readonly<Record<keyof PseudoDocumentOptions, Range>> = {
  name: filledText,
  chat: {
    fits: (value) => typeof value === "function" || oneOf(...Object.keys(chatFormats)).fits(value),
    what: `one of ${Object.keys(chatFormats).join(", ")}, or a function`,
  },
  repeat: whole(0),
  document: text,
  maxTokens: whole(1),
  temperature: from(0),
  seed: anySeed,
};

/**
 * Query expansion with pseudo-documents, a baseline that needs no training: a model writes a passage that might answer
 * the question, and the search is the question with that passage behind it (Wang et al. 2023, query2doc, arXiv
 * 2303.07678; compared with DeepRetrieval in arXiv 2510.17139). For engines that weigh words or compare meanings; a
 * Boolean engine would demand every word of the passage.
 *
 * A response without any text leaves the question as it is.
 */
export function pseudoDocuments(sampler: Sampler, options: PseudoDocumentOptions = {}): Rewriter {
  checkOptions("pseudoDocuments", options, optionRanges);
  const { name = `pseudo-documents by ${sampler.name}`, chat = "chatml", repeat = 5, document = "passage" } = options;
  const { maxTokens = 128, temperature = 0, seed = 0 } = options;
  const format = typeof chat === "function" ? chat : chatFormats[chat];
  const prompt = (problem: Problem): string =>
    format([
      {
        role: "user",
        content:
          `Write a short ${document} that answers the question.\n\nQuestion: ` +
          `${questionText(problem)}\n\n${document[0]?.toUpperCase()}${document.slice(1)}:`,
      },
    ]);
  return {
    name,
    prompt,
    inFlight: sampler.inFlight,
    about: () => ({
      model: sampler.name,
      ...sampler.about?.(),
      repeat,
      maxTokens,
      temperature,
      ...(temperature > 0 && { seed }),
    }),
    async rewrite(problems, { signal } = {}) {
      const stream = random(seed).fork("pseudo-documents");
      const rng = {
        ...stream,
        fork: (row: string | number, ...path: readonly (string | number)[]) =>
          stream.fork(problems[Number(row)]!.id, ...path),
      };
      const completions = await completionsWithin(sampler, problems.map(prompt), {
        maxTokens,
        temperature,
        rng,
        signal,
      });
      const queries = problems.map(({ query }, i) =>
        [...Array<string>(repeat).fill(query), completions[i]!.text.replace(/\s+/g, " ").trim()].join(" ").trim(),
      );
      const written = completions.map(({ text, finished }) => ({
        completion: text,
        ...(finished === false && { finished }),
      }));
      // a property of the list that is not one of its elements
      return Object.defineProperty(queries, "written", { value: written, enumerable: false });
    },
  };
}
