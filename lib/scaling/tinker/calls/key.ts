import type { ServerReply } from "./send";

/** The key that goes with every call. */
export interface KeyHolder {
  readonly value: string;
  /** Exchanges the key for one that expires, as the hosted service wants it. Throws TypeError where it gives none. */
  exchange(ask: () => Promise<ServerReply>): Promise<void>;
  /** Exchanges it again where it expires within five minutes; does nothing for a key that does not expire. */
  renew(ask: () => Promise<ServerReply>): Promise<void>;
}

const renewSeconds = 300; // before it expires

/** Holds an API key, or the JSON web token (RFC 7519) that it was exchanged for. */
export function keyHolder(apiKey: string): KeyHolder {
  let value = apiKey;
  let exchanged = false;
  const exchange: KeyHolder["exchange"] = async (ask) => {
    const { status, json } = await ask();
    const { jwt } = (json ?? {}) as { jwt?: unknown };
    if (typeof jwt !== "string")
      throw new TypeError(`tinker: the server gives no token for this apiKey (HTTP ${status}). Pass a key of yours.`);
    value = jwt;
    exchanged = true;
  };
  return {
    get value() {
      return value;
    },
    exchange,
    async renew(ask) {
      if (exchanged && expiryOf(value) - Date.now() / 1000 < renewSeconds) await exchange(ask);
    },
  };
}

/** Seconds since 1970 at which a token expires; Infinity where it does not say. */
function expiryOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return typeof exp === "number" ? exp : Infinity;
  } catch {
    return Infinity; // it is no web token
  }
}
