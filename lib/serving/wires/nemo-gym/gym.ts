import type { JsonSchema } from "../../requests/schema-check";

/**
 * What the NeMo Gym wire needs of a resources server. The wire knows sessions, the order of calls and the shapes; a gym
 * knows what a row means.
 */
export interface Gym {
  readonly className: string; // with `instance` the name of the cookie
  readonly instance: string;
  /** What a row must hold for a session to begin; other keys are not looked at. */
  readonly row: JsonSchema;
  readonly tools: Readonly<Record<string, GymTool>>;
  /** Begins the session of a rollout. */
  seed(row: Row, session: string): Promise<void>;
  /** The reward of a rollout, and numbers that become metrics. Throws WireFault where there is no reward. */
  verify(request: VerifyRequest, session: string, signal: AbortSignal): Promise<Verified>;
}

/** One row of a data set, as the agent sends it. */
export type Row = Readonly<Record<string, unknown>>;

/** A row with the model's response: an object of OpenAI's Responses API. */
export interface VerifyRequest extends Row {
  readonly response: ModelResponse;
}

/** What of a response is looked at. */
export interface ModelResponse {
  readonly output: readonly OutputItem[];
}

/** One item of a response: a message, a thought, a call of a tool or its result. */
export interface OutputItem {
  readonly type: string;
  readonly role?: string;
  readonly content?: readonly { readonly type?: string; readonly text?: string }[] | null;
  readonly summary?: readonly { readonly text?: string }[] | null;
}

export interface Verified {
  readonly reward: number;
  readonly [name: string]: unknown;
}

/** A tool of a gym. What it throws as WireFault is answered with its status: the agent gives the text to the model. */
export interface GymTool {
  readonly description: string;
  readonly input: JsonSchema;
  call(given: Row, session: string, signal: AbortSignal): Promise<unknown>;
}
