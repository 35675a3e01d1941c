import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";

/** Sessions by cookie: who they are, and what a client is told to send next. */
export interface SessionCookies {
  readonly name: string; // of the cookie
  /** The session of a request: that of its newest valid cookie, else a new one. */
  sessionOf(header: string | undefined): string;
  /** The value of a Set-Cookie header, which every answer bears. */
  issued(session: string): string;
}

/**
 * Signed session cookies. A value that this server has not signed is ignored, whatever it holds. Where a client sends
 * several, as one does that keeps old ones, the one that was issued last counts.
 *
 * @param secret the same for all replicas; a random one if absent, which a restart forgets
 */
export function sessionCookies(
  name: string,
  secret: string | Buffer = randomBytes(32),
  now: () => number = Date.now,
): SessionCookies {
  const signature = (text: string): Buffer => createHmac("sha256", secret).update(text).digest();
  const sign = (session: string): string => {
    const text = `${now().toString(36)}.${session}`;
    return `${text}.${signature(text).toString("base64url")}`;
  };
  const read = (value: string): { readonly at: number; readonly session: string } | undefined => {
    const [, text, at, session, mac] = /^(([0-9a-z]{1,12})\.([0-9a-f-]{36}))\.([\w-]{43})$/.exec(value) ?? [];
    if (mac === undefined || !timingSafeEqual(Buffer.from(mac, "base64url"), signature(text!))) return undefined;
    return { at: Number.parseInt(at!, 36), session: session! };
  };
  return {
    name,
    sessionOf(header = "") {
      const sent = header
        .slice(0, 16_384)
        .split(";")
        .map((pair) => pair.trim().split("="))
        .flatMap(([key, value = ""]) => (key === name ? (read(value.replace(/^"(.*)"$/, "$1")) ?? []) : []));
      const newest = sent.reduce<(typeof sent)[number] | undefined>(
        (best, each) => (best === undefined || each.at >= best.at ? each : best),
        undefined,
      );
      return newest?.session ?? randomUUID();
    },
    issued: (session) => `${name}=${sign(session)}; path=/; Max-Age=1209600; httponly; samesite=lax`,
  };
}
