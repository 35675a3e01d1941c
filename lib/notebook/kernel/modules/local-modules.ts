import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { createBuiltModules } from "./built-modules";
import { locate, namesFile } from "./local-files";
import { compileModule, moduleNames } from "./module-source";
import { namespaceOf } from "./namespaces";
import type { Traces } from "../source/traces";
import { isInstalled } from "../compiler/typescript";
import { absent, fileStamp } from "../compiler/watched-files";

/**
 * Source files that cells import, directly or through each other: compiled when they are first needed, and again when
 * they change.
 */
export interface LocalModules {
  /** The file that an import means, if it is one of a source that is compiled here. */
  find(id: string, folder: string): string | undefined;
  /**
   * What a file exports. The record stays the same when the file is loaded again, so that earlier cells see the new
   * state.
   */
  load(file: string): unknown;
  /** Forgets files that changed on disk, and all that import them. @returns whether there were any */
  forgetChanged(): boolean;
  /** Whether the next load of a file would run it. */
  isFresh(file: string): boolean;
}

/** How source files load packages. */
export interface Packages {
  require(id: string, from: string): unknown;
  import(id: string, from: string): Promise<unknown>;
}

type Entry = {
  readonly stamp: string;
  exports: unknown;
  readonly needs: Set<string>;
  state: "loading" | "loaded" | "outdated" | "failed";
};

/** @param root the project: its files are named from there, and its lib/ was built into its dist/ */
export function createLocalModules(root: string, packages: Packages, traces: Pick<Traces, "know">): LocalModules {
  const entries = new Map<string, Entry>();
  const built = createBuiltModules(root);
  const shownName = (file: string): string =>
    file.startsWith(`${root}${path.sep}`) ? path.relative(root, file) : file;

  const find: LocalModules["find"] = (id, folder) => {
    if (!namesFile(id)) return undefined;
    const file = locate(id, folder);
    return file === undefined || isInstalled(file, root) ? undefined : file;
  };

  const load = (file: string): unknown => {
    const known = entries.get(file);
    if (known?.state === "loaded" || known?.state === "loading") return known.exports;
    const record = isRecord(known?.exports) && path.extname(file) !== ".json" ? known!.exports : {};
    const before = Object.getOwnPropertyDescriptors(record);
    empty(record);
    const entry: Entry = { stamp: fileStamp(file), exports: record, needs: new Set(), state: "loading" };
    entries.set(file, entry);
    try {
      if (path.extname(file) === ".json") entry.exports = JSON.parse(readFileSync(file, "utf8")) as unknown;
      else run(file, entry);
      entry.state = "loaded";
      return entry.exports;
    } catch (error) {
      entry.state = "failed"; // earlier cells go on with what they had
      empty(record);
      Object.defineProperties(record, before);
      entry.exports = record;
      throw error;
    }
  };

  const run = (file: string, entry: Entry): void => {
    const { amended, compiled, maps } = compileModule(file, shownName(file), built);
    const folder = path.dirname(file);
    const require = (id: string): unknown => {
      const local = find(id, folder);
      if (local === undefined) return packages.require(id, file);
      entry.needs.add(local);
      return load(local);
    };
    const native = createRequire(file);
    const resolve = (id: string): string => {
      const local = find(id, folder);
      return local === undefined ? native.resolve(id) : startable(local);
    };
    const dynamic = async (id: string): Promise<unknown> => {
      const local = find(String(id), folder);
      if (local === undefined) return packages.import(String(id), file);
      entry.needs.add(local);
      return namespaceOf(load(local));
    };
    const module = Object.assign(new Module(file), {
      filename: file,
      paths: native.resolve.paths("x") ?? [],
      exports: entry.exports,
    });
    const prefix =
      "(function (exports, require, module, __filename, __dirname, " + `${moduleNames.import}, ${moduleNames.meta}) { `;
    const text = prefix + amended.text;
    traces.know(file, {
      shown: shownName(file),
      amended: { ...amended, text, back: (position) => amended.back(Math.max(0, position - prefix.length)) },
      compiled,
      maps,
    });
    const wrapped = vm.runInThisContext(`${text}\n})`, { filename: file }) as (...names: unknown[]) => void;
    const meta = { url: pathToFileURL(file).href, filename: file, dirname: folder };
    wrapped.call(
      module.exports,
      module.exports,
      Object.assign(require, { resolve, cache: native.cache, main: undefined }),
      module,
      file,
      folder,
      dynamic,
      meta,
    );
    entry.exports = module.exports;
    module.loaded = true;
  };

  /** Where workers and child processes start: they know no TypeScript, so from the build where there is one. */
  const startable = (file: string): string => {
    const inDist = file.startsWith(`${root}/lib/`)
      ? locate(`./${path.relative(`${root}/lib`, file).replace(/\.ts$/, ".js")}`, `${root}/dist`)
      : undefined;
    return inDist ?? file;
  };

  return {
    find,
    load,
    isFresh: (file) => entries.get(file)?.state === "loaded",
    forgetChanged() {
      const changed = [...entries].filter(([file, { stamp }]) => fileStamp(file) !== stamp).map(([file]) => file);
      const outdated = new Set(changed);
      // A Set grows while it is read.
      for (const file of outdated) for (const [other, { needs }] of entries) if (needs.has(file)) outdated.add(other);
      for (const file of outdated) {
        const entry = entries.get(file)!;
        entry.state = "outdated";
        if (fileStamp(file) === absent) entries.delete(file);
      }
      return outdated.size > 0;
    },
  };
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function empty(record: object): void {
  for (const name of Reflect.ownKeys(record))
    if (Object.getOwnPropertyDescriptor(record, name)?.configurable) Reflect.deleteProperty(record, name);
}
