/**
 * Why a job came to nothing.
 *
 *   failed       its command ended with an error, or Ray could not run it
 *   not started  it waited for resources for longer than is allowed
 *   lost         the cluster does not know it: it was deleted, or the head node was started again
 */
export type JobFailure = "failed" | "not started" | "lost";

/** A job of a cluster came to nothing. The cluster itself answers. */
export class JobFailed extends Error {
  override readonly name = "JobFailed";
  readonly exitCode: number | undefined; // of its command, where that ended
  readonly lastLines: readonly string[]; // of its log, ten at most
  /** @param job the id of its submission */
  constructor(
    readonly job: string,
    readonly why: JobFailure,
    message: string,
    { exitCode, lastLines = [], ...options }: ErrorOptions & FailureDetails = {},
  ) {
    super(lastLines.length > 0 ? `${message}\n${lastLines.join("\n")}` : message, options);
    this.exitCode = exitCode;
    this.lastLines = lastLines;
  }
}

interface FailureDetails {
  readonly exitCode?: number | undefined;
  readonly lastLines?: readonly string[];
}

export const lostJob = (id: string, server: string): JobFailed =>
  new JobFailed(
    id,
    "lost",
    `Job ${id} is not known to ${server}: it was deleted, or the head node was started again since.`,
  );
