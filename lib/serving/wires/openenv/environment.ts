import type { JsonSchema } from "../../requests/schema-check";

/**
 * What the OpenEnv wire needs of an environment. The wire knows the protocol; an environment knows what its actions
 * mean.
 */
export interface Environment {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly author?: string;
  readonly action: JsonSchema; // an action that breaks it does not reach the environment
  readonly observation: JsonSchema;
  readonly state: JsonSchema;
  /** What a model may call between its steps. */
  readonly tools?: readonly Tool[];
  /** Its tasks by environment and split, for clients that ask before they reset. */
  readonly catalogue?: Catalogue;
  /** A new episode. */
  open(): Episode;
}

/** One run of an environment. Calls of an episode come one after the other. */
export interface Episode {
  /** Begins anew. Arguments that the environment does not know are ignored. */
  reset(options: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Observation>;
  step(action: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Observation>;
  state(): Readonly<Record<string, unknown>>;
  /** The result of a tool. Throws for a call that failed: its message goes to the model. */
  call?(tool: string, given: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
}

/** What an agent sees. The wire puts reward and done beside the observation. */
export interface Observation {
  readonly observation: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly reward: number | null; // null where there is none: before the first step, and after an outage
  readonly done: boolean;
}

/** A tool of an environment. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
}

/** The tasks that an environment lists. */
export interface Catalogue {
  names(): readonly string[];
  splits(name: string): readonly { readonly name: string; readonly type: string }[];
  tasks(name: string, split: string): readonly unknown[];
}
