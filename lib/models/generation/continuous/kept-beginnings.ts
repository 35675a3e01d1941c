import { tf } from "../../../backend/tf";
import type { Beginning } from "../decoding/decoding";

/** A beginning that saves fewer tokens than this is not kept: copying it costs as much as reading them. */
const fewest = 8;
/** Prompts whose tokens are compared with those of the next one. */
const recentPrompts = 16;

/** Beginnings that several prompts share, such as a system message and a template: they are read once. */
export interface KeptBeginnings {
  /** The longest beginning of `prompt` that is kept, if there is one. It leaves a token to read. */
  find(prompt: readonly number[]): Beginning | undefined;
  /** Notes a prompt that has been read. Returns how many of its tokens are worth keeping, 0 for none. */
  note(prompt: readonly number[]): number;
  keep(prompt: readonly number[], beginning: Beginning): void;
  readonly bytes: number;
  clear(): void;
}

/** Keeps at most so many bytes: the beginnings that were not used for the longest time go first. */
export function keptBeginnings(most: number): KeptBeginnings {
  let kept: { readonly ids: readonly number[]; readonly beginning: Beginning }[] = []; // the one used last is the last
  const recent: (readonly number[])[] = [];
  const longest = (prompt: readonly number[]) =>
    kept
      .filter(({ ids }) => ids.length < prompt.length && common(ids, prompt) === ids.length)
      .sort((a, b) => b.ids.length - a.ids.length)[0];
  const bytes = () => kept.reduce((sum, { beginning }) => sum + beginning.bytes, 0);
  return {
    get bytes() {
      return bytes();
    },
    find(prompt) {
      const found = longest(prompt);
      if (found) kept = [...kept.filter((each) => each !== found), found];
      return found?.beginning;
    },
    note(prompt) {
      const shared = Math.max(0, ...recent.map((other) => Math.min(common(other, prompt), prompt.length - 1)));
      recent.push(prompt);
      if (recent.length > recentPrompts) recent.shift();
      return shared - (longest(prompt)?.ids.length ?? 0) >= fewest ? shared : 0;
    },
    keep(prompt, beginning) {
      kept.push({ ids: prompt.slice(0, beginning.length), beginning });
      while (bytes() > most) tf.dispose([...kept.shift()!.beginning.tables]);
    },
    clear() {
      for (const { beginning } of kept) tf.dispose([...beginning.tables]);
      kept = [];
      recent.length = 0;
    },
  };
}

/** How many of their first tokens two prompts share. */
function common(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  for (let t = 0; t < most; t++) if (a[t] !== b[t]) return t;
  return most;
}
