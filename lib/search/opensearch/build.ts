import { CorruptData, SearchUnavailable, throwIfAborted } from "../../core/errors";
import { from, whole, within } from "../../core/ranges";
import { checkOptions, settings } from "../../core/settings";
import type { Documents } from "../../core/documents";
import { wallClock } from "../../core/http/clock";
import { postJson, type ServerOptions } from "../../core/http/post-json";
import { addressOf } from "./address";
import { type EngineError, ofDocument, passingFault, reasonOf } from "./faults";
import { indexBody, openSearchIndexDefaults } from "./index-settings";

/** The progress of an index build. */
export interface OpenSearchProgress {
  readonly documents: number; // the documents that the server has taken, including those that were skipped
  readonly seconds: number;
}

/** Settings of `buildOpenSearch`. */
export interface OpenSearchBuildOptions extends Partial<typeof openSearchIndexDefaults> {
  readonly server?: ServerOptions;
  /** The number of documents that an interrupted run has sent: `documents` of its last progress. */
  readonly skip?: number;
  readonly signal?: AbortSignal | undefined;
}

const mostDocuments = 1000; // in a request
const repeats = 6; // repeats of a document that the server did not take; they last about half a minute
const mostBytes = 5 * 2 ** 20; // in a request; the server's limit is 100 MB

/**
 * Indexes `documents` into `index` of the server at `url`, which `openSearch` then searches. It yields after every
 * request. The index must not exist, unless `skip` is given: then an interrupted run continues. A document that is sent
 * twice is indexed once.
 *
 * Throws RangeError for an index that exists; CorruptData for two documents with one id; TypeError for a document that
 * the server refuses; SearchUnavailable; Interrupted.
 */
export async function* buildOpenSearch(
  documents: Documents,
  url: string,
  index: string,
  { server = {}, skip = 0, signal, ...overrides }: OpenSearchBuildOptions = {},
): AsyncGenerator<OpenSearchProgress, void> {
  const body = indexBody(
    settings("buildOpenSearch", openSearchIndexDefaults, overrides, { k1: from(0), b: within(0, 1) }, [
      "server",
      "skip",
      "signal",
    ]),
  );
  checkOptions("buildOpenSearch", { skip }, { skip: whole(0) });
  const name = `OpenSearch at ${url}`;
  const root = addressOf(url, index);
  const outage = (status: number, json: unknown) =>
    status >= 400 ? passingFault({ ...(json as object | null), status }) : undefined;
  const options = { ...server, outage, ...(signal && { signal }) };
  const began = performance.now();
  const expect = async (path: string, request: object | string, method: "POST" | "PUT"): Promise<unknown> => {
    const { status, json } = await postJson(name, root + path, request, { ...options, method });
    if (status >= 400)
      throw new TypeError(
        `buildOpenSearch: ${name} refuses ${method} /${index}${path} with HTTP ${status}: ${reasonIn(json)}.`,
      );
    return json;
  };

  if (skip === 0) {
    const { status, json } = await postJson(name, root, body, { ...options, method: "PUT" });
    if (status >= 400 && JSON.stringify(json).includes("resource_already_exists_exception"))
      throw new RangeError(
        `buildOpenSearch: there is an index "${index}" already. ` +
          "Name another, delete it, or pass { skip } to go on with it.",
      );
    if (status >= 400)
      throw new TypeError(
        `buildOpenSearch: ${name} refuses the index "${index}" with HTTP ${status}: ${reasonIn(json)}.`,
      );
  }
  let seen = 0;
  let lines: string[] = [];
  let bytes = 0;
  const flush = async (): Promise<OpenSearchProgress> => {
    throwIfAborted(signal, "indexing");
    await bulk(name, lines, (request) => expect("/_bulk", request, "POST"), skip === 0, signal);
    lines = [];
    bytes = 0;
    return { documents: seen, seconds: (performance.now() - began) / 1000 };
  };
  for await (const { id, contents } of documents) {
    if (++seen <= skip) continue;
    const line = `${JSON.stringify({ index: { _id: id } })}\n${JSON.stringify({ id, contents })}\n`;
    lines.push(line);
    bytes += line.length;
    if (lines.length === mostDocuments || bytes >= mostBytes) yield await flush();
  }
  if (lines.length) yield await flush();
  await expect("/_settings", { index: { refresh_interval: null } }, "PUT");
  await expect("/_refresh", {}, "POST");
}

type BulkItem = { index: { _id: string; status: number; result?: string; error?: EngineError } };

/**
 * Sends documents. Documents are sent again if the server could not take them for a reason of its own: no memory, a
 * full disk, or a shard that is not available.
 */
async function bulk(
  name: string,
  lines: readonly string[],
  send: (request: string) => Promise<unknown>,
  fresh: boolean,
  signal?: AbortSignal | undefined,
): Promise<void> {
  let left = lines;
  for (let attempt = 0; left.length; attempt++) {
    const { items } = (await send(left.join(""))) as { items: BulkItem[] };
    if (items?.length !== left.length)
      throw new SearchUnavailable(
        name,
        `${left.length} documents went in, and ${items?.length ?? "no"} answers came back`,
        "Is this the address of an OpenSearch or Elasticsearch server?",
      );
    for (const { index: item } of items) {
      if (refused(item)) continue;
      if (item.error && !ofDocument(item.status, item.error))
        throw new SearchUnavailable(
          name,
          `HTTP ${item.status} for document ${JSON.stringify(item._id)}: ${reasonOf(item.error)}`,
          "See the health of the index, and go on with { skip }.",
        );
      if (item.error)
        throw new TypeError(
          `buildOpenSearch: the server does not take document ${JSON.stringify(item._id)}: ${reasonOf(item.error)}.`,
        );
      if (fresh && attempt === 0 && item.result === "updated")
        throw new CorruptData(
          "the documents",
          `two have the id ${JSON.stringify(item._id)}`,
          "An id names one document: remove or rename one.",
        );
    }
    const why = items.map(({ index }) => refused(index)).find((each) => each !== undefined);
    left = left.filter((_, i) => refused(items[i]!.index) !== undefined);
    if (left.length && attempt === repeats)
      throw new SearchUnavailable(
        name,
        `it did not take ${left.length} documents, ${repeats + 1} times: ${why}`,
        "See that it has room on its disk, wait, and go on with { skip }.",
      );
    if (left.length) await wallClock.sleep(250 * 2 ** attempt, signal);
  }
}

/**
 * Why the server did not take a document for now; undefined otherwise. Status 429 is such a reason also without an
 * error.
 */
const refused = (item: BulkItem["index"]): string | undefined =>
  passingFault({
    ...item,
    ...(item.status === 429 || item.status >= 500 ? { error: item.error ?? "it does not say why" } : {}),
  });

const reasonIn = (json: unknown): string => {
  const error = (json as { error?: EngineError | string } | null)?.error;
  return error === undefined ? (JSON.stringify(json) ?? "").slice(0, 300) : reasonOf(error);
};
