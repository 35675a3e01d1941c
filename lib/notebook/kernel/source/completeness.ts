import { loadTypeScript } from "./load-typescript";

/** Whether a text is a whole cell; otherwise how far to indent its next line. */
export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  readonly indent: string;
}

/** @param judged what tslab says: it tells incomplete code well, and takes wrong code for complete */
export function completeness(
  code: string,
  { completed, indent = "" }: { readonly completed: boolean; readonly indent?: string | undefined },
): Completeness {
  if (!completed) return { status: "incomplete", indent };
  const ts = loadTypeScript();
  const source = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, false) as ReturnType<
    typeof ts.createSourceFile
  > & { readonly parseDiagnostics?: readonly unknown[] };
  return { status: (source.parseDiagnostics ?? []).length > 0 ? "invalid" : "complete", indent: "" };
}
