/** An error as OpenSearch and Elasticsearch write it. */
export interface EngineError {
  readonly type?: string;
  readonly reason?: string;
  readonly root_cause?: readonly EngineError[];
  readonly caused_by?: EngineError;
}

/** One answer within a reply that holds several, all under status 200. */
interface Part {
  readonly status?: number;
  readonly error?: EngineError | string;
  readonly timed_out?: boolean;
  readonly _shards?: { readonly failed?: number; readonly failures?: readonly { readonly reason?: EngineError }[] };
}

/**
 * Errors with a status below 500 that are not about a query or a document, and may pass. A full disk blocks an index
 * until there is room.
 */
const passing = new Set([
  "cluster_block_exception",
  "es_rejected_execution_exception",
  "rejected_execution_exception",
  "circuit_breaking_exception",
  "unavailable_shards_exception",
  "process_cluster_event_timeout_exception",
  "timeout_exception",
  "no_shard_available_action_exception",
]);

/** Why a part of a reply is an outage that may pass. Undefined for an answer, and for a fault that stays. */
export function passingFault({ status = 200, error, timed_out, _shards }: Part): string | undefined {
  const types = typeof error === "object" && error !== null ? typesOf(error) : [];
  if (error !== undefined && (status === 429 || status >= 500 || types.some((type) => passing.has(type))))
    return `HTTP ${status}: ${reasonOf(error)}`;
  if (timed_out) return "it ran out of time, and part of the index was not searched";
  if (_shards?.failed) {
    const reason = _shards.failures?.[0]?.reason;
    return `${_shards.failed} of its shards failed${reason ? `: ${reasonOf(reason)}` : ""}`;
  }
  return undefined;
}

const typesOf = ({ type = "", root_cause = [], caused_by }: EngineError): string[] => [
  type,
  ...root_cause.flatMap(typesOf),
  ...(caused_by ? typesOf(caused_by) : []),
];

/** The reason of an error: that of its root cause, if it names one. */
export function reasonOf(error: EngineError | string | undefined): string {
  if (typeof error === "string") return error.slice(0, 300);
  const root = error?.root_cause?.[0];
  return (root?.reason ?? error?.reason ?? root?.type ?? error?.type ?? "it does not say why").slice(0, 300);
}

/**
 * Whether the query is too large for the engine. This is the only status 400 that does not depend on the index, its
 * fields and the client.
 */
export const tooManyClauses = (error: EngineError): boolean =>
  /max_?clause_?count|too_?many_?(nested_?)?clauses|too many (nested )?clauses/i.test(JSON.stringify(error));

/** Whether an error concerns one document. Every other error could concern all documents alike. */
export const ofDocument = (status: number, { type = "" }: EngineError): boolean =>
  status === 400 &&
  !/^(index_closed|validation|index_not_found|invalid_index_name|cluster_block|security)_exception$/.test(type);
