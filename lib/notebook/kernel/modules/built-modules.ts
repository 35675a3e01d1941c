import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileStamp } from "../compiler/watched-files";
import { withoutMapLine } from "../source/map-line";

/** What the build made of a source file. */
export interface BuiltModule {
  readonly compiled: string; // CommonJS
  readonly map: string; // source map, JSON
}

/**
 * Finds what `npm run build` made of a file of lib/, if it was made of exactly this text: the build notes the
 * hash of every text it compiled. Compiling the whole of lib/ anew takes twenty seconds, reading it one.
 */
export function createBuiltModules(root: string): (file: string, source: string) => BuiltModule | undefined {
  const dist = path.join(root, "dist");
  const record = path.join(dist, ".tsbuildinfo");
  let read = "";
  let hashes = new Map<string, string>();

  return (file, source) => {
    if (!file.startsWith(`${root}${path.sep}lib${path.sep}`)) return undefined;
    const stamp = fileStamp(record);
    if (stamp !== read) {
      read = stamp;
      hashes = stamp === "" ? new Map() : hashesOf(readFileSync(record, "utf8"), dist);
    }
    const output = path.join(dist, path.relative(path.join(root, "lib"), file)).replace(/\.ts$/, ".js");
    if (
      hashes.get(file) !== createHash("sha256").update(source).digest("hex") ||
      !existsSync(output) ||
      !existsSync(`${output}.map`)
    )
      return undefined;
    return { compiled: withoutMapLine(readFileSync(output, "utf8")), map: readFileSync(`${output}.map`, "utf8") };
  };
}

/** File → hash of its text, of TypeScript's record of an incremental build. */
function hashesOf(record: string, dist: string): Map<string, string> {
  type Info = string | { readonly version: string };
  const { program } = JSON.parse(record) as {
    program?: { readonly fileNames: readonly string[]; readonly fileInfos: readonly Info[] };
  };
  return new Map(
    (program?.fileNames ?? []).map((name, i) => {
      const info = program!.fileInfos[i]!;
      return [path.resolve(dist, name), typeof info === "string" ? info : info.version];
    }),
  );
}
