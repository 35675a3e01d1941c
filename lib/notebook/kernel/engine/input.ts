import type { News } from "./engine-link";
import { whose } from "./running-cell";

/** Types of what every cell may call without an import. */
export const cellGlobals = `/** Asks the reader for a line of text. */
declare function input(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
/** Removes what the cell has shown so far; with \`wait\`, when the next output comes. */
declare function clearOutput(options?: { readonly wait?: boolean }): void;
`;

/** Questions that cells ask the reader. */
export interface Questions {
  ask(prompt?: string, options?: { readonly password?: boolean }): Promise<string>;
  /** Settles a question: with the text, or with the reason `why` there is none. */
  answer(question: number, text: string | undefined, why: string | undefined): void;
}

export function createQuestions(tellServer: (news: News) => void, flush: () => void): Questions {
  const open = new Map<number, { resolve: (text: string) => void; reject: (error: Error) => void }>();
  let asked = 0;
  return {
    ask(prompt = "", { password = false } = {}) {
      const me = whose.getStore();
      if (!me) return Promise.reject(new Error("input() works only while a cell runs."));
      flush();
      const question = ++asked;
      return new Promise((resolve, reject) => {
        open.set(question, { resolve, reject });
        tellServer({ kind: "question", run: me.run, question, prompt: String(prompt), password });
      });
    },
    answer(question, text, why) {
      const waiting = open.get(question);
      open.delete(question);
      if (text !== undefined) waiting?.resolve(text);
      else waiting?.reject(new Error(why ?? "the question was not answered"));
    },
  };
}
