import type { Publication } from "../../core/records";

/** A record as a file has it, and which version of its PMID it is: a larger number is newer. */
export interface Version {
  readonly publication: Publication;
  readonly version: number;
}

/**
 * The newest version of each PMID, in the place of the first version. Of two versions with one number, the later in the
 * file counts. Records without PMID are left out. `warn` receives the number of older versions, since a PMID must name
 * one record.
 */
export function newest(versions: readonly Version[], source: string, warn: (text: string) => void): Publication[] {
  const kept = new Map<string, Version>();
  const older = new Set<string>();
  let dropped = 0;
  for (const one of versions) {
    const { pmid } = one.publication;
    const earlier = kept.get(pmid);
    if (!pmid) continue;
    if (!earlier || one.version >= earlier.version) kept.set(pmid, one);
    if (!earlier) continue;
    dropped++;
    older.add(pmid);
  }
  const named = [...older].slice(0, 5).join(", ");
  if (dropped)
    warn(
      `${source}: ${dropped} older version${dropped > 1 ? "s" : ""} of ${older.size} ` +
        `PMID${older.size > 1 ? "s" : ""} ${dropped > 1 ? "were" : "was"} left out, the newest kept: ` +
        `${named}${older.size > 5 ? " …" : ""}`,
    );
  return [...kept.values()].map(({ publication }) => publication);
}
