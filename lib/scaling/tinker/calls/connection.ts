import { SearchUnavailable } from "../../../core/errors";
import { serverKinds, supported, type ServerKind, type ServerName } from "../server-kinds";
import { keyHolder } from "./key";
import { type Address, type Call, detailOf, type ServerReply, send } from "./send";

/** What a client needs to know before it connects. */
export interface ConnectionSettings {
  readonly url: URL;
  readonly apiKey: string;
  readonly baseModel: string;
  readonly server: ServerName | undefined; // undefined: it is found out
  readonly timeoutSeconds: number; // of one call
}

/** A server that has been asked what it is. */
export interface Connection {
  readonly address: Address;
  readonly kind: ServerKind;
  readonly limits: { readonly datums: number; readonly bytes: number }; // of one forward_backward
  /** Sends a call and returns the reply. Throws SearchUnavailable after `attempts`. */
  call(call: Omit<Call, "timeoutSeconds"> & { readonly timeoutSeconds?: number }): Promise<ServerReply>;
  /** Renews a key that expires. */
  refresh(): Promise<void>;
}

const chunk = { datums: 1024, bytes: 5_000_000 }; // what the official client sends at most

/**
 * Asks a server what it is. Throws SearchUnavailable where nothing answers or the key is refused, RangeError for a
 * version that is not supported and for a model that it does not serve.
 */
export async function connect(
  { url, apiKey, baseModel, server, timeoutSeconds }: ConnectionSettings,
  attempts: number,
  signal?: AbortSignal,
): Promise<Connection> {
  const key = keyHolder(apiKey);
  const name = `the Tinker server at ${url.host}`;
  const address: Address = {
    name,
    base: url.href.replace(/\/+$/, ""),
    get headers() {
      return { "x-api-key": key.value };
    },
  };
  const call: Connection["call"] = (one) => send(address, { timeoutSeconds, ...one });
  const first = { attempts, signal };
  const sdk_version = serverKinds[server ?? "skyrl"].sdkVersion;
  const config = await call({ path: "client/config", body: { sdk_version }, ...first });
  const flags = flagsOf(config, name);
  const kind: ServerKind = serverKinds[server ?? guessed(flags)];
  if (flags?.["pjwt_auth_enabled"] === true) await key.exchange(() => call({ path: "auth/token", body: {}, ...first }));
  await expectModel(call, baseModel, name, first);
  const number = (flag: string, usual: number): number => Number(flags?.[flag]) || usual;
  return {
    address,
    kind,
    call,
    limits: {
      datums: number("fwdbwd_max_chunk_len", chunk.datums),
      bytes: number("fwdbwd_max_chunk_bytes_count", chunk.bytes),
    },
    refresh: () => key.renew(() => call({ path: "auth/token", body: {}, attempts: 1 })),
  };
}

/** The flags of client/config; undefined for an older server, which has no such call. */
function flagsOf(reply: ServerReply, name: string): Readonly<Record<string, unknown>> | undefined {
  const { status, json } = reply;
  if (status === 404 || status === 405) return undefined;
  if (status === 200 && typeof json === "object" && json !== null) return json as Readonly<Record<string, unknown>>;
  throw new SearchUnavailable(
    name,
    `client/config is answered with ${detailOf(reply)}`,
    `Is this the address of a Tinker server? Supported are ${supported}.`,
    { outage: "reply" },
  );
}

/** The kind that has such flags. skyrl has a single one, the hosted service many. */
function guessed(flags: Readonly<Record<string, unknown>> | undefined): ServerName {
  if (!flags) return "skyrl-tx";
  return flags["pjwt_auth_enabled"] === true || Object.keys(flags).length > 1 ? "hosted" : "skyrl";
}

/** Throws RangeError for a model that the server does not name: skyrl itself takes any name for its own model. */
async function expectModel(
  call: Connection["call"],
  baseModel: string,
  name: string,
  first: Pick<Call, "attempts" | "signal">,
): Promise<void> {
  const reply = await call({ path: "get_server_capabilities", method: "GET", ...first });
  const { supported_models } = (reply.json ?? {}) as { supported_models?: unknown };
  if (reply.status !== 200 || !Array.isArray(supported_models))
    throw unsupported(name, "get_server_capabilities", reply);
  const names = supported_models.map((model: { model_name?: unknown } | null) => String(model?.model_name));
  if (!names.includes(baseModel))
    throw new RangeError(
      `tinker: ${name} does not serve the model ${JSON.stringify(baseModel)}; it serves ` +
        `${names.map((each) => JSON.stringify(each)).join(", ") || "none"}. Pass one of them: { baseModel }.`,
    );
}

/** The error of a server that does not know a call, or not as this client makes it. */
export function unsupported(name: string, path: string, reply: ServerReply): RangeError {
  return new RangeError(
    `tinker: ${name} answers ${path} with ${detailOf(reply)}: it speaks another version of the Tinker API. Supported ` +
      `are ${supported}. Start one of these, or say which of them it is: { server: "skyrl" }, "skyrl-tx" or "hosted".`,
  );
}
