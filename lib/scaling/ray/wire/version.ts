import { SearchUnavailable } from "../../../core/errors";
import { jsonOf, rayCall } from "./call";
import type { RayServer } from "./server";

/**
 * The version of a cluster: "2.58.0". Throws RangeError for one whose Jobs API is not version 4, which Ray 2 has, and
 * SearchUnavailable where no Ray answers.
 */
export async function rayVersion(server: RayServer, signal?: AbortSignal): Promise<string> {
  const reply = await rayCall(server, { path: "/api/version", signal });
  if (reply.status === 404)
    throw new SearchUnavailable(
      server.name,
      "GET /api/version: HTTP 404",
      `There is no Ray dashboard at ${server.base}: it usually listens at port 8265.`,
      { outage: "reply" },
    );
  const { version, ray_version } = jsonOf(server, reply, "GET /api/version") as Readonly<Record<string, unknown>>;
  if (version === "4" && typeof ray_version === "string" && /^2\./.test(ray_version)) return ray_version;
  throw new RangeError(
    `ray: ${server.name} is Ray ${String(ray_version)} with version ${String(version)} of the Jobs API. Supported: ` +
      "Ray 2, whose Jobs API has version 4 (tested with 2.58.0).",
  );
}
