import type { SearchUnavailable } from "../../core/errors";
import { shown } from "../../core/settings";
import type { FrameworkError } from "./app";
import { HttpError } from "./http-error";

/** Errors of the framework by code: the status, and what the client can do. */
const framework: Readonly<Record<string, (error: FrameworkError) => HttpError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new HttpError(413, "The body is larger than this server accepts. Send less, or raise --body-limit.", {
      code: "body_too_large",
    }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new HttpError(415, "The content type is not one that this route reads. Send application/json.", {
      code: "unsupported_media_type",
    }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new HttpError(400, "The body is empty. Send a JSON object.", { code: "no_json" }),
  FST_ERR_VALIDATION: invalid,
};

/** One complaint of the schema, as ajv makes it. */
interface Complaint {
  readonly instancePath: string; // "/messages/0/role"
  readonly message?: string;
  readonly data?: unknown;
  readonly params: { readonly additionalProperty?: string; readonly missingProperty?: string };
}

/** A request that breaks its route's schema: the field, its value and what it must be. */
function invalid({ validation = [], validationContext = "body" }: FrameworkError): HttpError {
  const [{ instancePath, message = "is not valid", data, params }] = validation as unknown as [Complaint];
  const path = instancePath.slice(1).replaceAll("/", ".");
  const { additionalProperty: extra, missingProperty: missing } = params;
  const param = [path, extra ?? missing].filter(Boolean).join(".");
  const where = path === "" ? `the ${validationContext}` : path;
  const text =
    extra !== undefined
      ? `${where} has ${JSON.stringify(extra.slice(0, 60))}, which is not known here`
      : missing !== undefined
        ? `${where} lacks ${JSON.stringify(missing)}`
        : `${where} is ${shown(path, data)}; it ${message}`;
  return new HttpError(400, `${text}.`, { code: "invalid_request", ...(param !== "" && { param }) });
}

/** Errors of the library by name. */
const library: Readonly<Record<string, (error: Error) => HttpError>> = {
  SearchUnavailable: (error) =>
    new HttpError(502, error.message, { code: `upstream_${(error as SearchUnavailable).outage}`, cause: error }),
  Interrupted: (error) =>
    new HttpError(503, `${error.message}. Try again.`, { code: "interrupted", retryAfter: 1, cause: error }),
  QueueFull: (error) => new HttpError(429, error.message, { code: "queue_full", retryAfter: 1, cause: error }),
};

/**
 * What a client is told of an error. An error that nobody foresaw becomes status 500 without its text, which may tell
 * things about this machine; the log has it.
 */
export function asHttpError(error: Error & { readonly code?: unknown; readonly statusCode?: unknown }): HttpError {
  if (error.name === "HttpError") return error as HttpError;
  const known = framework[String(error.code)] ?? library[error.name];
  if (known) return known(error as FrameworkError);
  const status = Number(error.statusCode);
  if (status >= 400 && status < 500) return new HttpError(status, error.message, { code: "bad_request" });
  return new HttpError(500, "The server failed at this request. Its log says why, under the id of this request.", {
    code: "internal_error",
    cause: error,
  });
}
