import type { Problem } from "../../core/records";
import { columnsOf } from "./columns";
import { readJsonl } from "../files/jsonl";

/**
 * Reviews and their included studies, in the form of the raw data of PubMed and ClinicalTrials.gov search: JSON lines
 * with `id`, `pico` {P, I, C, O}, `publication_pmids` or `trial_nctids`, and `pub_date` "YYYY/MM/DD". The question is
 * written as DeepRetrieval writes it, four lines "P: …". Reviews without included studies cannot be scored and are left
 * out.
 */
export async function readReviews(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for await (const row of readJsonl(file, options)) {
    const columns = columnsOf(file, row);
    const included = columns.texts(columns.has("trial_nctids") ? "trial_nctids" : "publication_pmids");
    const parts = (row.value["pico"] ?? {}) as Readonly<Record<string, unknown>>;
    const [P, I, C, O] = ["P", "I", "C", "O"].map((name) => {
      if (typeof parts[name] === "string") return parts[name];
      throw columns.fault(`"pico" has no text under ${name}`, 'Write {"pico": {"P": …, "I": …, "C": …, "O": …}}');
    }) as [string, string, string, string];
    if (!included.length) continue;
    const maxDate = columns.has("pub_date") ? columns.text("pub_date") : "";
    problems.push({
      id: columns.text("id"),
      query: `P: ${P}\nI: ${I}\nC: ${C}\nO: ${O}\n`,
      pico: { P, I, C, O },
      judgments: Object.fromEntries(included.map((id) => [id, 1])),
      ...(maxDate ? { maxDate } : {}),
    });
  }
  return problems;
}
