import { kernels } from "../../../backend/kernels-in-use";
import { tf } from "../../../backend/tf";
import type { Request } from "./request";
import type { Choosing } from "../tokens-ahead";
import type { RowLogits, RowTokens } from "./running-rows";
import { type TokenLogp, topLogps } from "./top-logps";

/**
 * Chooses the next token of every row, with the settings of its own request. Rows of equal settings are chosen
 * together. Takes ownership of the logits. Returns the rows whose logits are no numbers: they have no token.
 */
export async function chooseForRows({ rows, logits }: RowLogits<Request>): Promise<readonly Request[]> {
  try {
    const groups = new Map<string, number[]>();
    for (const [place, row] of rows.entries()) {
      if (!row || row.ended) continue;
      const key = keyOf(row);
      groups.set(key, [...(groups.get(key) ?? []), place]);
    }
    const top = await likeliest({ rows, logits });
    const bad: Request[] = [];
    for (const places of groups.values()) {
      const chosen = places.map((place) => rows[place]!);
      const { tokens, logps } =
        places.length === rows.length ? await chooseAlike(logits, chosen) : await chooseSome(logits, chosen, places);
      for (const [i, row] of chosen.entries()) {
        if (Number.isNaN(logps[i])) bad.push(row);
        else row.take(tokens[i]!, logps[i]!, top.get(row));
      }
    }
    return bad;
  } finally {
    logits.dispose();
  }
}

/**
 * The settings of all rows, where they are the same and each token can be drawn before somebody looks at the last:
 * nothing is added to the logits, and nobody asks for the likeliest ones. Undefined otherwise.
 */
export function commonSettings(rows: readonly Request[]): Choosing | undefined {
  const [first] = rows;
  const isFree = ({ settings, masked }: Request): boolean =>
    !masked && settings.repetitionPenalty === 1 && settings.topLogps === 0;
  return first && rows.every((row) => isFree(row) && keyOf(row) === keyOf(first)) ? first.settings : undefined;
}

/** Gives each row its token of step `t`. Returns the rows whose logits are no numbers. */
export function takeDrawn({ rows, tokens, logps }: RowTokens<Request>, t: number): readonly Request[] {
  const bad: Request[] = [];
  for (const [b, row] of rows.entries()) {
    if (!row || row.ended) continue;
    const place = t * rows.length + b;
    if (Number.isNaN(logps[place])) bad.push(row);
    else row.take(tokens[place]!, logps[place]!);
  }
  return bad;
}

/** Rows with the same key can be chosen in one call. */
const keyOf = ({ settings, masked }: Request): string => {
  const { temperature, topK, topP, minP, repetitionPenalty } = settings;
  return [temperature, topK, topP, minP, repetitionPenalty, masked].join(" ");
};

async function chooseSome(logits: tf.Tensor2D, rows: readonly Request[], places: readonly number[]) {
  const own = tf.tidy(() => tf.gather(logits, tf.tensor1d([...places], "int32")));
  try {
    return await chooseAlike(own, rows);
  } finally {
    own.dispose();
  }
}

/** Tokens for the logits [B, V] of B rows of equal settings. */
function chooseAlike(logits: tf.Tensor2D, rows: readonly Request[]) {
  const V = logits.shape[1];
  const [{ settings, masked }] = rows as readonly [Request];
  const mask = masked ? new Float32Array(rows.length * V) : undefined;
  if (mask) rows.forEach((row, i) => row.mask(mask.subarray(i * V, (i + 1) * V)));
  const { temperature, topK, topP, minP, repetitionPenalty } = settings;
  return kernels().chooseTokens(logits, {
    temperature,
    topK,
    topP,
    minP,
    repetitionPenalty,
    mask,
    seen: rows.map(({ seen }) => seen),
    uniforms: rows.map((row) => (temperature > 0 ? row.uniform() : 0)),
  });
}

/** The likeliest tokens for the rows that ask for them. */
async function likeliest({ rows, logits }: RowLogits<Request>): Promise<Map<Request, readonly TokenLogp[]>> {
  const asking = [...rows.entries()].filter(([, row]) => row && !row.ended && row.settings.topLogps > 0);
  if (asking.length === 0) return new Map();
  const V = logits.shape[1];
  const own = tf.tidy(() =>
    tf.gather(
      logits,
      tf.tensor1d(
        asking.map(([place]) => place),
        "int32",
      ),
    ),
  );
  const numbers = (await own.data()) as Float32Array;
  own.dispose();
  return new Map(
    asking.map(([, row], i) => [row!, topLogps(numbers.subarray(i * V, (i + 1) * V), row!.settings.topLogps)]),
  );
}
