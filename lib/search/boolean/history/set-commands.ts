/** The meaning of one of Ovid's commands on a line of a history. */
type SetCommand =
  | { readonly kind: "limit"; readonly number: number; readonly wanted: string }
  // The command gives the line as it is. `lost` is the part of the command that cannot be done here.
  | { readonly kind: "same"; readonly number: number; readonly lost?: string };

const limiting = /^\(?\s*limit\s+(?:sets?\s+|lines?\s+)?[#sS]?(\d{1,3})\s+(?:to\s+|by\s+)?(.+)$/i;
const removing = /^(?:remove|delete|eliminate)\s+(?:all\s+|the\s+)?duplicates?\s*(?:from|of|in)?\s*[#sS]?(\d{1,3})$/i;
const keeping = /^from\s+[#sS]?(\d{1,3})\s+keep\s+(.+)$/i;
const using = /^[#sS]?(\d{1,3})\s+use\s+(\w+)$/i;

/**
 * Reads a command: `limit 5 to humans`, `remove duplicates from 5`, `from 5 keep 1-10`, `5 use medl`. Each record
 * stands once in the corpus, so removing duplicates changes nothing.
 */
export function commandOf(text: string): SetCommand | undefined {
  const [, limited, wanted] = limiting.exec(text) ?? [];
  if (limited !== undefined) return { kind: "limit", number: Number(limited), wanted: wanted! };
  const [, from] = removing.exec(text) ?? [];
  if (from !== undefined) return { kind: "same", number: Number(from) };
  const [, some, which] = keeping.exec(text) ?? [];
  if (some !== undefined)
    return {
      kind: "same",
      number: Number(some),
      lost: `keeps single hits of line ${some} (${which}), which only Ovid knows`,
    };
  const [, used, database] = using.exec(text) ?? [];
  return used === undefined
    ? undefined
    : { kind: "same", number: Number(used), lost: `takes the hits of line ${used} in one database (${database})` };
}
