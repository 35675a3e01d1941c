import { jsonOf, rayCall } from "./call";
import type { RayServer } from "./server";

/** Amounts of resources by Ray's names: CPU, GPU, memory in bytes, and names of one's own. */
export type RayResources = Readonly<Record<string, number>>;

/** A node that is alive. */
export interface RayNode {
  readonly id: string;
  readonly address: string;
  readonly head: boolean;
  readonly resources: RayResources; // in all, in use or not
}

/** The nodes of a cluster that are alive, the head first. */
export async function rayNodes(server: RayServer, signal?: AbortSignal): Promise<RayNode[]> {
  const reply = await rayCall(server, { path: "/api/v0/nodes?detail=1&limit=10000", signal });
  const json = jsonOf(server, reply, "the list of nodes") as {
    readonly data?: { readonly result?: { readonly result?: readonly Readonly<Record<string, unknown>>[] } };
  };
  return (json.data?.result?.result ?? [])
    .filter(({ state }) => state === "ALIVE")
    .map((node) => ({
      id: String(node["node_id"]),
      address: String(node["node_ip"]),
      head: node["is_head_node"] === true,
      resources: (node["resources_total"] ?? {}) as RayResources,
    }))
    .sort((a, b) => Number(b.head) - Number(a.head));
}

/** How much of a resource all nodes have together. */
export const totalOf = (nodes: readonly RayNode[], name: string): number =>
  nodes.reduce((sum, { resources }) => sum + (resources[name] ?? 0), 0);

/**
 * What a job that asks for `asked` on one node lacks, in words: which resource no node has, or that all are in use.
 */
export function lacking(asked: RayResources, nodes: readonly RayNode[]): string {
  const never = Object.entries(asked).flatMap(([name, amount]) => {
    const most = Math.max(0, ...nodes.map(({ resources }) => resources[name] ?? 0));
    return most < amount ? [`${amount} ${name}, and no node has more than ${most}`] : [];
  });
  const [cpus, gpus] = ["CPU", "GPU"].map((name) => totalOf(nodes, name));
  const has = `The cluster's ${nodes.length} nodes have ${cpus} CPU and ${gpus} GPU together`;
  if (never.length > 0) return `It asks for ${never.join("; for ")}. ${has}.`;
  const wants = Object.entries(asked).map(([name, amount]) => `${amount} ${name}`);
  return `It asks for ${wants.join(", ") || "no resources of its own"}, which a node has, so they are in use. ${has}.`;
}
