/** The fields of an error beside its message. */
interface HttpErrorFields {
  readonly code?: string; // a word that programs compare, such as "model_not_found"
  readonly param?: string; // the field of the request that is wrong
  readonly retryAfter?: number; // seconds, as the header Retry-After says them
  readonly cause?: unknown;
}

/** An answer other than success. Its message is for the client. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: string | null;
  readonly param: string | null;
  readonly retryAfter: number | undefined;
  constructor(
    readonly status: number,
    message: string,
    { code, param, retryAfter, cause }: HttpErrorFields = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code ?? null;
    this.param = param ?? null;
    this.retryAfter = retryAfter;
  }
}

/** The body of every error: OpenAI's shape, which its clients turn into exceptions. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

/**
 * OpenAI's names of kinds of errors by status; others are "invalid_request_error" below 500 and "server_error" above.
 */
const types: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
};

export const errorBody = ({ status, message, param, code }: HttpError): ErrorBody => ({
  error: {
    message,
    type: types[status] ?? (status < 500 ? "invalid_request_error" : "server_error"),
    param,
    code,
  },
});
