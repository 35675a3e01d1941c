import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { channels, type Connection } from "../kernel/wire/connection";
import { parentVariable } from "../kernel/engine/orphan";

/** How to start a kernel: kernel.json, and the folder it lies in. */
export interface KernelSpec {
  readonly folder: string;
  readonly argv: readonly string[];
}

/** A started kernel. It leads a process group of its own, so Ctrl-C in a terminal does not reach it by itself. */
export interface KernelProcess {
  readonly connection: Connection;
  /** Rejects with KernelDied when the process ends; never resolves. */
  readonly death: Promise<never>;
  readonly alive: () => boolean;
  /** Asks the running cell to stop. */
  interrupt(): void;
  /** Ends the kernel and every process it started. */
  kill(): void;
  /** Removes the connection file. */
  clean(): void;
}

/** The kernel cannot be started, or its process ended while it was needed. */
export class KernelDied extends Error {
  override readonly name = "KernelDied";
}

/** The kernel of the package at `root`. */
export function ownKernel(root: string): KernelSpec {
  const folder = path.join(root, "kernels", "deepretrieval");
  const file = path.join(folder, "kernel.json");
  if (!existsSync(file))
    throw new KernelDied(`${file} is missing: the kernel cannot be started. Restore it from version control.`);
  const { argv } = JSON.parse(readFileSync(file, "utf8")) as { argv: string[] };
  return { folder, argv };
}

/** Starts a kernel in the folder `cwd`. It is not ready yet: see `connect`. */
export async function startProcess({ folder, argv }: KernelSpec, cwd: string): Promise<KernelProcess> {
  const connection = await newConnection();
  const scratch = mkdtempSync(path.join(os.tmpdir(), "deepretrieval-kernel-"));
  const file = path.join(scratch, "connection.json");
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 }); // whoever can read the key can run code
  const [command = "node", ...args] = argv.map((arg) =>
    arg.replaceAll("{connection_file}", file).replaceAll("{resource_dir}", folder),
  );
  const child = spawn(command === "node" ? process.execPath : command, args, {
    cwd,
    env: { ...process.env, [parentVariable]: String(process.pid) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });

  let log = ""; // the last of what the process wrote outside of cells: native libraries, crashes
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => void (log = (log + chunk.toString()).slice(-4000)));
  const death = new Promise<never>((_, reject) => {
    child.once("error", (cause) =>
      reject(
        new KernelDied(`the kernel could not be started: ${cause.message}. Is ${command} on the PATH?`, { cause }),
      ),
    );
    child.once("close", (code, signal) =>
      reject(
        new KernelDied(
          `the kernel ended ${signal ? `by ${signal}` : `with exit code ${code}`}` +
            `${log.trim() ? `:\n${log.trim()}` : ""}`,
        ),
      ),
    );
  });
  death.catch(() => undefined); // whoever waits for the kernel races against it; nobody may be waiting

  return {
    connection,
    death,
    alive: () => child.exitCode === null && child.signalCode === null,
    interrupt: () => void child.kill("SIGINT"),
    kill: () => killGroup(child),
    clean: () => rmSync(scratch, { recursive: true, force: true }),
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ESRCH: it has ended already
  }
}

async function newConnection(): Promise<Connection> {
  const ports = await freePorts(channels.length);
  const numbered = Object.fromEntries(channels.map((channel, i) => [`${channel}_port`, ports[i]]));
  return {
    ...numbered,
    transport: "tcp",
    ip: "127.0.0.1",
    key: randomBytes(32).toString("hex"),
    signature_scheme: "hmac-sha256",
  } as Connection;
}

/** Ports that nobody listens on, held together for a moment so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const listen = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer().once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(server));
    });
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
