import { readFileSync } from "node:fs";
import { CorruptData } from "../../../core/errors";

/** Where a kernel listens, as the file that Jupyter writes for it says. */
export interface Connection {
  readonly transport: string; // "tcp"
  readonly ip: string;
  readonly key: string; // of the HMAC; "" means unsigned
  readonly signature_scheme: string; // "hmac-sha256"
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}

export const channels = ["shell", "iopub", "stdin", "control", "hb"] as const;
type Channel = (typeof channels)[number];

/** The ZeroMQ address of a channel. */
export function address(connection: Connection, channel: Channel): string {
  return `${connection.transport}://${connection.ip}:${connection[`${channel}_port`]}`;
}

/** Reads a connection file. Throws CorruptData for any other file and for an unknown signature scheme. */
export function readConnection(file: string): Connection {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new CorruptData(
      file,
      `not a readable connection file (${(cause as Error).message})`,
      "Start the kernel through Jupyter or `deepretrieval nb run`.",
      { cause },
    );
  }
  for (const channel of channels) {
    const port = value[`${channel}_port`];
    if (!Number.isInteger(port))
      throw new CorruptData(
        file,
        `${channel}_port is ${JSON.stringify(port)}, not a port`,
        "Start the kernel through Jupyter.",
      );
  }
  const { transport = "tcp", ip = "127.0.0.1", key = "", signature_scheme = "hmac-sha256" } = value;
  if (signature_scheme !== "hmac-sha256")
    throw new CorruptData(
      file,
      `signature_scheme is ${JSON.stringify(signature_scheme)}`,
      "This kernel signs with hmac-sha256 only.",
    );
  return { ...value, transport, ip, key, signature_scheme } as Connection;
}
