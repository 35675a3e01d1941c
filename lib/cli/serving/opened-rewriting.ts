import { servedModel } from "../../serving/batching/served-model";
import { endpoint } from "../../serving/rewriting/endpoint";
import { rewriteTasks } from "../../serving/rewriting/rewrite-tasks";
import { sampledSource, servedSource, type TextSource } from "../../serving/rewriting/text-source";
import { UsageError } from "../command/usage";
import { embeddedNote, isEmbedded, policyNamed } from "./rewrite-source";

export const inFlight = 16; // questions that are rewritten at once

/** Where questions go, and what they are rewritten for. */
interface Rewriting {
  readonly source: TextSource;
  readonly own: boolean; // the embedded policy
  readonly tasks: ReturnType<typeof rewriteTasks>;
  readonly close: () => Promise<void>;
}

/** What the command line says of the model. */
interface ModelNamed {
  readonly model: string | undefined;
  readonly adapter: string | undefined;
  readonly endpoint: string | undefined;
}

/** The model that the command line names, the one behind a server, or the embedded policy. Throws UsageError. */
export async function openedRewriting({ model: name, adapter, endpoint: url }: ModelNamed): Promise<Rewriting> {
  if (url !== undefined) {
    if (name !== undefined) throw new UsageError("--model and --endpoint: which one? Give one of them");
    return { source: sampledSource(endpoint(url)), own: false, tasks: rewriteTasks(), close: async () => undefined };
  }
  if (name === undefined) process.stderr.write(`${embeddedNote}\n`);
  const policy = await policyNamed(name, adapter);
  const served = servedModel(policy, policy.name, { batch: inFlight });
  const own = name === undefined || isEmbedded(name);
  return {
    source: servedSource(served),
    own,
    tasks: rewriteTasks({ brief: own, chat: served.chat }),
    close: async () => {
      await served.close();
      policy.dispose();
    },
  };
}
