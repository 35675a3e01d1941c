import type { JsonSchema } from "../../requests/schema-check";

const orNull = (type: string, description: string) => ({
  anyOf: [{ type }, { type: "null" }],
  default: null,
  description,
});

const metadata = { type: "object", additionalProperties: true };

/**
 * The schemas of the environment of query rewriting. One field of an action is required: a bare text can stand for it.
 */
export const rewardSchemas: Readonly<Record<"action" | "observation" | "state", JsonSchema>> = {
  action: {
    title: "RewriteAction",
    type: "object",
    properties: {
      metadata,
      completion: {
        type: "string",
        description: 'what the model wrote after the prompt: its thoughts and <answer>{"query": …}</answer>',
      },
    },
    required: ["completion"],
    additionalProperties: false,
  },
  observation: {
    title: "RewriteObservation",
    type: "object",
    properties: {
      done: { type: "boolean", default: false },
      reward: orNull("number", "of the completion; null before it, and where the engine was down"),
      metadata,
      task: { type: "string" },
      problem: { type: "string", description: "its id" },
      question: { type: "string", description: "what is to be rewritten" },
      prompt: orNull("string", "what the model continues; after a reset"),
      messages: { anyOf: [{ type: "array" }, { type: "null" }], description: "the prompt as chat messages" },
      kind: { enum: ["scored", "malformed", "outage"], description: "what came of the completion" },
      score: orNull("number", "what the task is about, such as recall"),
      query: orNull("string", "that was run"),
      why: { type: "string", description: "why there is no query, or no reward" },
      outage: orNull("object", "cause and engine of an outage"),
      measures: { type: "object" },
      components: orNull("object", "of the reward, the same for every completion of a task"),
      warnings: { type: "array", items: { type: "string" } },
    },
    required: ["task", "problem", "question"],
    additionalProperties: true,
  },
  state: {
    title: "RewriteState",
    type: "object",
    properties: {
      episode_id: orNull("string", "of the current episode"),
      step_count: { type: "integer", minimum: 0, default: 0 },
      task: orNull("string", "of the current problem"),
      problem: orNull("string", "its id"),
      kind: orNull("string", "what came of the last step"),
    },
    additionalProperties: true,
  },
};
