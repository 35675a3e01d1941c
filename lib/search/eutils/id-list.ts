import type { Reply } from "../remote/exchange";
import { again, answer, excerpt, type Verdict, verdictOfStatus } from "../remote/verdict";

/**
 * Reads the reply to an EFetch of `due` identifiers (rettype=uilist, retmode=text), one on each line. A shorter list is
 * not kept. "expired" means that the server has removed the result set.
 */
export function readIdList(
  due: number,
): (reply: Reply) => Verdict<{ readonly ids: readonly string[]; readonly warnings: readonly string[] } | "expired"> {
  return (reply) => read(reply, due);
}

function read(reply: Reply, due: number): ReturnType<ReturnType<typeof readIdList>> {
  const decided = verdictOfStatus(reply);
  if (decided) return decided;
  if (/unable to obtain query|unable to query webenv|webenv.{0,40}(expired|not found)/i.test(reply.body))
    return { kind: "answer", value: "expired", passing: true };
  if (reply.status >= 400)
    return {
      kind: "refused",
      why: `HTTP ${reply.status}: ${excerpt(reply.body)}`,
      fix: "NCBI may have changed its interface: look for a newer version.",
    };
  const ids = reply.body
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (!ids.length || ids.some((id) => !/^[\w.]+$/.test(id)))
    return again(`a reply that is no list of identifiers: ${excerpt(reply.body)}`);
  return ids.length < due
    ? { ...answer({ ids, warnings: [`${ids.length} identifiers came where ${due} were due`] }), passing: true }
    : answer({ ids, warnings: [] });
}
