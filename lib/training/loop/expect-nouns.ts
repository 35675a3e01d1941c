import type { tf } from "../../backend/tf";
import { expectTask } from "../../core/task-outputs";
import { shown } from "../../core/settings";
import type { Algorithm } from "../algorithms/algorithm";

/** Throws TypeError for a policy, a task or an algorithm that is none, before anything is made. */
export function expectNouns(where: string, policy: unknown, task: unknown, algorithm: unknown): void {
  const { tokenLogps, logps } = (policy ?? {}) as Partial<Record<"tokenLogps" | "logps", unknown>>;
  if (typeof tokenLogps !== "function" && typeof logps !== "function")
    throw new TypeError(
      `${where}: the policy is ${shown("policy", policy)}, which cannot be trained. Give one that qwen2(folder) or ` +
        "tinker(url) makes, after its await.",
    );
  const { variables = [], name: policyName } = policy as { readonly variables?: readonly tf.Variable[]; name?: string };
  if (variables.some(({ isDisposed }) => isDisposed))
    throw new TypeError(`${where}: the policy ${policyName} was disposed of, and has no weights. Load it again.`);
  expectTask(where, task);
  const { name, estimate, loss, choices } = (algorithm ?? {}) as Partial<Algorithm>;
  if (typeof estimate === "function" && typeof loss === "function" && typeof choices === "object") return;
  const made = typeof algorithm === "function" ? name : typeof algorithm === "string" ? algorithm : undefined;
  const found = typeof algorithm === "function" ? `the function ${name}` : shown("algorithm", algorithm);
  const fix = made === undefined ? "Use grpo()." : `Call it: ${made}().`;
  throw new TypeError(`${where}: algorithm is ${found}; it must be a record. ${fix}`);
}
