import { ModelNotServed, servedModels } from "../../models/remote/served-models";
import type { RemotePolicy } from "../../models/remote/remote-policy";

/** One server of several that serve the same model. */
export interface Replica {
  readonly url: string;
  readonly policy: RemotePolicy;
  load: number; // completions that it is writing
  healthy: boolean;
  /** why it was taken out; "" where it never was */
  why: string;
  /** whether it was taken out because it serves another model */
  foreign: boolean;
  /** looks in a row that it did not answer while it was writing */
  silent: number;
  /** ends its open requests when it is taken out, so that others write what it had */
  stop: AbortController;
}

export const replicaOf = (url: string, policy: RemotePolicy): Replica => ({
  ...{ url, policy, load: 0, healthy: true, why: "", foreign: false, silent: 0 },
  stop: new AbortController(),
});

/** Takes a server out, and ends its open requests. */
export function takeOut(replica: Replica, error: Error): void {
  replica.stop.abort();
  Object.assign(replica, {
    ...{ healthy: false, why: error.message.slice(0, 200), silent: 0, stop: new AbortController() },
    foreign: error.name === "ModelNotServed",
  });
}

const silentLooks = 3; // a busy server may miss one

/** What a look at a server needs to know. */
interface Look {
  readonly model: string;
  /** whether its list of models has the name that requests give; llama.cpp takes any name */
  readonly listed: boolean;
  readonly apiKey: string;
  readonly seconds: number; // that it may take to answer
}

/**
 * Looks at a server. One that was taken out comes back when it answers and serves the model. One that is writing is
 * taken out when it does not answer three times in a row, or serves another model now. A refusal is an answer: a wrong
 * key is told by the request that needs it.
 */
export async function lookAt(replica: Replica, { model, listed, apiKey, seconds }: Look): Promise<void> {
  const server = `${model} at ${new URL(replica.url).host}`;
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  try {
    const names = await servedModels(server, replica.url, { headers, timeoutSeconds: seconds });
    if (listed && names.length > 0 && !names.includes(model)) throw new ModelNotServed(server, model, names);
  } catch (error) {
    const { name, outage } = error as { readonly name: string; readonly outage?: string };
    const answered = outage === "refused" || outage === "reply";
    if (!answered && name !== "ModelNotServed" && replica.healthy && ++replica.silent < silentLooks) return;
    if (!answered) return takeOut(replica, error as Error);
  }
  Object.assign(replica, { healthy: true, foreign: false, silent: 0 });
}
