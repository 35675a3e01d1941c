import fetch from "node-fetch";
import { agents } from "../../core/http/agents";
import type { RemotePolicy } from "../../models/remote/remote-policy";

/** One server of several that serve the same model. */
export interface Replica {
  readonly url: string;
  readonly policy: RemotePolicy;
  load: number; // completions that it is writing
  healthy: boolean;
  /** why it was taken out; "" where it never was */
  why: string;
}

/**
 * Whether a server answers GET …/models, which vLLM, SGLang and llama.cpp have. A refusal is an answer: a wrong key is
 * told by the request that needs it.
 */
export async function answers(url: string, apiKey: string, seconds: number): Promise<boolean> {
  try {
    const { status } = await fetch(`${url.replace(/\/+$/, "")}/models`, {
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
      signal: AbortSignal.timeout(seconds * 1000),
      agent: ({ protocol }) => agents[protocol as keyof typeof agents],
    });
    return status < 500;
  } catch {
    return false; // it is not there, or too slow: both are what was asked
  }
}
