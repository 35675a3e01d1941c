import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../kernel/wire/messages";
import { clientDefaults, connect, type Client } from "./client";
import { startProcess, type KernelProcess, type KernelSpec } from "./kernel-process";

/** What a run needs a kernel for. */
export interface Lending {
  readonly spec: KernelSpec;
  readonly cwd: string;
  readonly signal: AbortSignal; // a run that is stopped before its kernel answers runs no cell
  readonly kill: AbortSignal;
  readonly onPublished: (message: Message) => void;
}

/** Runs the cells of a notebook. Resolves to whether all of them succeeded. */
export type Use = (kernel: KernelProcess, client: Client) => Promise<boolean>;

/** Lends kernels to runs. */
export interface Kernels {
  /** Lends a kernel to `use`. Throws KernelDied where none can be started. */
  lend(lending: Lending, use: Use): Promise<void>;
}

/** A kernel for each run, ended with it whatever happens. */
export const ownKernels: Kernels = {
  async lend(lending, use) {
    const held = await start(lending);
    try {
      await used(held, lending, use);
    } finally {
      await stop(held);
    }
  },
};

/** One kernel for the runs that follow each other in a folder. */
export interface SharedKernel extends Kernels {
  /** Whether the kernel that was lent last had run another notebook before. */
  reused(): boolean;
  /** Ends the kernel. */
  close(): Promise<void>;
}

/**
 * Keeps a kernel for the next run: the compiler has read all types and the library is loaded, which is most of the time
 * that a short notebook takes. Between two runs the kernel forgets every variable.
 *
 * A new kernel is started for another folder, after a run in which a cell failed or was stopped, and where a notebook
 * has changed what forgetting variables does not undo: the working folder, the environment, the names of globalThis.
 * What a notebook has set inside a library stays, so a caller that finds an unexpected result of a reused kernel has to
 * run again in a fresh one.
 */
export function sharedKernel(): SharedKernel {
  let kept: { readonly held: Held; readonly folder: string; readonly cwd: string } | undefined;
  let again = false;
  const close = async (): Promise<void> => {
    const last = kept;
    kept = undefined;
    if (last) await stop(last.held);
  };
  return {
    reused: () => again,
    close,
    async lend(lending, use) {
      const { spec, cwd } = lending;
      again = kept !== undefined && kept.folder === spec.folder && kept.cwd === cwd && (await forgotten(kept.held));
      if (!again) await close();
      const held = kept?.held ?? (await start(lending));
      kept = { held, folder: spec.folder, cwd };
      let clean = false;
      try {
        clean = await used(held, lending, use);
      } finally {
        if (!clean || !held.kernel.alive()) await close();
      }
    },
  };
}

/** A started kernel, and who hears what it publishes. */
interface Held {
  readonly kernel: KernelProcess;
  client: Client | undefined; // undefined until it has answered
  hear: (message: Message) => void;
}

const start = async ({ spec, cwd, onPublished }: Lending): Promise<Held> => ({
  kernel: await startProcess(spec, cwd),
  client: undefined,
  hear: onPublished,
});

/** Whether the kernel has forgotten all variables, and is as a new one. */
async function forgotten({ kernel, client }: Held): Promise<boolean> {
  if (!client || !kernel.alive()) return false;
  const asked = client.request("shell", "deepretrieval_forget_request", {});
  const reply = await Promise.race([asked, sleep(patience, undefined, { ref: false }), kernel.death]).catch(
    () => undefined, // it has died: a new one takes its place
  );
  return reply?.["status"] === "ok" && reply["clean"] === true;
}

const patience = 10_000; // ms

async function used(held: Held, { signal, kill, onPublished }: Lending, use: Use): Promise<boolean> {
  const end = (): void => held.kernel.kill();
  kill.addEventListener("abort", end, { once: true });
  held.hear = onPublished;
  try {
    held.client ??= await connect(held.kernel, (message) => held.hear(message), clientDefaults, signal);
    return held.client !== undefined && (await use(held.kernel, held.client)) && !signal.aborted;
  } catch (error) {
    if (!kill.aborted || (error as Error).name !== "KernelDied") throw error; // else we have killed it ourselves
    return false;
  } finally {
    kill.removeEventListener("abort", end);
  }
}

/** Ends the kernel: politely, then by force. */
async function stop({ kernel, client }: Held): Promise<void> {
  if (client && kernel.alive()) {
    void client.request("control", "shutdown_request", { restart: false });
    await Promise.race([kernel.death.catch(() => undefined), sleep(3000, undefined, { ref: false })]);
  }
  kernel.kill(); // also children that outlived it
  await kernel.death.catch(() => undefined);
  client?.close();
  kernel.clean();
}
