import { jsonOf, rayCall } from "../wire/call";
import type { RayJobInfo } from "../wire/job-info";
import type { RayServer } from "../wire/server";

/**
 * The log of a job so far, with line ends as "\n" as Ray's tail has them; undefined where the node that has it is gone.
 * It is read as bytes where that can be done: Ray's own reply fails where a line of the log is not UTF-8.
 */
export async function wholeLog(
  server: RayServer,
  { id, node }: RayJobInfo,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (node !== undefined) {
    const reply = await rayCall(server, { path: filePath(node, `job-driver-${id}.log`), signal });
    if (reply.status === 200) return normal(new TextDecoder("utf-8", { fatal: false }).decode(reply.bytes));
  }
  const what = `the log of job ${id}`;
  const reply = await rayCall(server, { path: `/api/jobs/${encodeURIComponent(id)}/logs`, signal });
  if (reply.status !== 200) return undefined;
  const { logs } = jsonOf(server, reply, what) as { readonly logs?: unknown };
  return typeof logs === "string" ? normal(logs) : undefined;
}

/** The path of the call that gives a file of a node's log folder, or one that a link there leads to. */
export const filePath = (node: string, file: string): string =>
  `/api/v0/logs/file?${String(new URLSearchParams({ node_id: node, filename: file, lines: "-1", timeout: "3600" }))}`;

const normal = (text: string): string => text.replace(/\r\n?/g, "\n");
