import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/**
 * The wire format of the Jupyter messaging protocol 5.3, shared by the kernel and the runner:
 *
 *   [routing prefix…] <IDS|MSG> signature header parent metadata content [buffers…]
 *
 * The signature is HMAC-SHA256 over the four JSON frames exactly as sent, in hex; an empty key means
 * unsigned. It is compared before anything is parsed.
 */

export const protocolVersion = "5.3";
const delimiter = "<IDS|MSG>";

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string; // ISO 8601
  readonly version: string;
}

export type Content = Readonly<Record<string, unknown>>;

export interface Message {
  readonly routing: readonly Buffer[]; // who sent it, as a ROUTER socket knows them; the topic on iopub
  readonly header: Header;
  readonly parent: Partial<Header>; // header of the message that caused this one; {} for none
  readonly metadata: Content;
  readonly content: Content;
}

/** A bad message is data: whoever can reach the port can send one, and it must never stop a kernel. */
type Decoded =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "refused"; readonly why: string };

/** A header for a new message of this session. */
export function newHeader(type: string, session: string, username: string, id: string = randomUUID()): Header {
  return { msg_id: id, msg_type: type, session, username, date: new Date().toISOString(), version: protocolVersion };
}

/** HMAC-SHA256 of the frames in hex, or "" for the empty key. */
export function sign(frames: readonly (Buffer | string)[], key: string): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest("hex");
}

/** The frames to send for a message. */
export function encode({ routing, header, parent, metadata, content }: Message, key: string): (Buffer | string)[] {
  const frames = [header, parent, metadata, content].map((part) => JSON.stringify(part));
  return [...routing, delimiter, sign(frames, key), ...frames];
}

/** Reads what arrived, or says why it is refused. Buffers after the content are ignored. */
export function decode(frames: readonly Buffer[], key: string): Decoded {
  const at = frames.findIndex((frame) => frame.toString("latin1") === delimiter);
  if (at < 0) return refused(`no ${delimiter} among ${frames.length} frames`);
  const [signature, ...signed] = frames.slice(at + 1, at + 6);
  if (signature === undefined || signed.length < 4)
    return refused(`${frames.length - at - 1} frames after ${delimiter}, expected at least 5`);
  if (!sameText(signature, sign(signed, key)))
    return refused("the signature does not match: sent with another key, or changed on the way");
  const [header, parent, metadata, content] = signed.map(parseRecord);
  if (!header || !parent || !metadata || !content) return refused("a frame is not a JSON object");
  if (!isHeader(header)) return refused("the header lacks msg_id, msg_type or session");
  return { kind: "message", message: { routing: frames.slice(0, at), header, parent, metadata, content } };
}

const refused = (why: string): Decoded => ({ kind: "refused", why });

function sameText(given: Buffer, expected: string): boolean {
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parseRecord(frame: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch (error) {
    if ((error as Error).name === "SyntaxError") return undefined; // decode says so
    throw error;
  }
}

function isHeader(value: Record<string, unknown> | Header): value is Header {
  return ["msg_id", "msg_type", "session"].every(
    (name) => typeof (value as Record<string, unknown>)[name] === "string",
  );
}
