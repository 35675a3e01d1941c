import { createHash } from "node:crypto";
// Zip files by a maintained library without dependencies: Node has deflate, and no archive around it.
import { zipSync } from "fflate";
import { SearchUnavailable } from "../../../core/errors";
import { lastLine, rayCall, textOf } from "../wire/call";
import type { RayServer } from "../wire/server";
import { expectFits, type PackageFiles } from "./working-files";

/** The time of every file in a package: the same files give the same bytes, and are sent once. */
const noTime = new Date(1980, 0, 1, 12);

/**
 * Sends files as a package, where the cluster does not have it yet, and returns its address for `runtime_env`. Throws
 * RangeError for a package of more than `limit` bytes, before anything is sent.
 */
export async function uploaded(
  server: RayServer,
  files: PackageFiles,
  limit: number,
  signal?: AbortSignal,
): Promise<string> {
  const sizes = Object.entries(files).map(([path, { length: bytes }]) => ({ path, bytes }));
  expectFits(sizes, limit, "the package");
  const zip = zipSync({ ...files }, { mtime: noTime, level: 6 });
  const name = `_ray_pkg_${createHash("sha256").update(zip).digest("hex").slice(0, 16)}.zip`;
  const path = `/api/packages/gcs/${name}`;
  const known = await rayCall(server, { path, signal }); // this also keeps the package until a job uses it
  if (known.status === 200) return `gcs://${name}`;
  const sent = await rayCall(server, { path, method: "PUT", body: zip, signal });
  if (sent.status === 200) return `gcs://${name}`;
  throw new SearchUnavailable(
    server.name,
    `the package of ${zip.length} bytes: HTTP ${sent.status}: ${lastLine(textOf(sent))}`,
    sent.status === 413 ? "A proxy before it takes less: send fewer files." : "See the log of its dashboard.",
    { outage: sent.status >= 500 ? "server" : "reply" },
  );
}
