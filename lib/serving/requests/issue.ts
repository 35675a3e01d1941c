/** One thing that is wrong with a request, in the form in which FastAPI and pydantic report it. */
export interface Issue {
  readonly type: string; // "missing", "extra_forbidden", …
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** An issue that no schema can find. */
export const valueIssue = (loc: Issue["loc"], msg: string, input: unknown): Issue => ({
  type: "value_error",
  loc,
  msg,
  input,
});

/** A request that a wire refuses. Its body is `{ detail }`, as the Python servers of these wires answer. */
export class WireFault extends Error {
  override readonly name = "WireFault";
  constructor(
    readonly status: number,
    readonly detail: string | readonly Issue[],
    /** further keys of the body; `retryAfter` seconds also become a header */
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly retryAfter?: number,
  ) {
    super(typeof detail === "string" ? detail : detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; "));
  }
}

/** Throws status 422 with the issues, below `loc`; without issues it does nothing. */
export function refuse(issues: readonly Issue[], loc: Issue["loc"] = []): void {
  if (issues.length > 0)
    throw new WireFault(
      422,
      issues.map((issue) => ({ ...issue, loc: [...loc, ...issue.loc] })),
    );
}
