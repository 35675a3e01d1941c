import { type Backend, useBackend } from "../choose";
import { computingSettings, type Finding, findingsOf } from "./findings";
import { type CardReport, cardReport } from "../native/no-card";

/** What computes on this machine, and what keeps it from computing faster. */
export interface Examination {
  readonly ok: boolean; // all findings are right
  readonly findings: readonly Finding[];
  readonly backend: Backend | null; // null where none can be used
  readonly card: CardReport | null; // null where nothing could be found out
  readonly settings: Readonly<Record<string, string>>; // variables of the environment that choose
}

/** Looks at the cards of this machine and at the backend that is chosen here. An error is a finding: nothing throws. */
export async function examine(): Promise<Examination> {
  const settings = computingSettings(); // as they are before a backend completes them
  const card = cardReport();
  const backend = await useBackend("auto", false).catch((error: unknown) => error as Error);
  const findings = findingsOf(backend, card, settings);
  return {
    ok: findings.every(({ ok }) => ok),
    findings,
    backend: backend instanceof Error ? null : backend,
    card: card ?? null,
    settings,
  };
}
