import { existsSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { namesFile } from "./local-files";
import { createLocalModules, type LocalModules } from "./local-modules";
import { namespaceOf, withFlag } from "./namespaces";
import type { Traces } from "../source/traces";

type Require = (id: string) => unknown;

/** How cells load packages and source files. */
interface Modules {
  /** `require` for what `import … from` became. Throws NeedsImport where only `import()` can load the module. */
  readonly require: Require;
  /** `import()` of a cell. */
  readonly import: (id: string) => Promise<unknown>;
  readonly local: LocalModules;
}

/** A module that `require` cannot load: it exists as an ES module only, or awaits at its top level. */
export class NeedsImport extends Error {
  override readonly name = "NeedsImport";
  constructor(
    readonly id: string,
    options: ErrorOptions,
  ) {
    super(`${id} can only be loaded by import()`, options);
  }
}

const onlyImport = ["ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"];

/** TypeScript would turn a written import() into require. */
const importModule = new Function("id", "return import(id)") as (id: string) => Promise<Record<string, unknown>>;

/** Where cells are, for the compiler and for what they import. */
interface CellPlace {
  readonly root: string; // relative imports of prepared cells start here
  readonly notebookDir: string;
}

/**
 * Loads source files by compiling them, packages by `inner`, the require of tslab, then from the notebook's own
 * folder, and by import() where that is the only way; what import() has loaded once, `require` then has.
 */
export function createModules(inner: Require, { root, notebookDir }: CellPlace, traces: Pick<Traces, "know">): Modules {
  const imported = new Map<string, unknown>();
  const fromNotebook = createRequire(path.join(notebookDir, "cell.js"));

  const load = (id: string, requires: readonly Require[]): unknown => {
    if (imported.has(id)) return imported.get(id);
    try {
      for (const [i, require] of requires.entries()) {
        try {
          return require(id);
        } catch (error) {
          const { code, message = "" } = (error ?? {}) as { code?: string; message?: string };
          if (i === requires.length - 1 || code !== "MODULE_NOT_FOUND" || !message.includes(`'${id}'`)) throw error;
        }
      }
      throw new Error(`nothing loads ${id}`);
    } catch (error) {
      if (onlyImport.includes((error as { code?: string } | null)?.code ?? ""))
        throw new NeedsImport(id, { cause: error });
      throw error;
    }
  };
  const loadAnyhow = async (id: string, folder: string, requires: readonly Require[]): Promise<unknown> => {
    try {
      return namespaceOf(load(id, requires));
    } catch (error) {
      if ((error as Error | undefined)?.name !== "NeedsImport") throw error;
      const url = namesFile(id) ? pathToFileURL(path.resolve(folder, id)).href : id;
      const namespace = withFlag(await importModule(url));
      imported.set(id, namespace);
      return namespace;
    }
  };

  const packagesFrom = (file: string): readonly Require[] => [
    installed(createRequire(file), path.dirname(file)),
    installed(inner, root),
  ];
  const local = createLocalModules(
    root,
    {
      require: (id, from) => load(id, packagesFrom(from)),
      import: (id, from) => loadAnyhow(id, path.dirname(from), packagesFrom(from)),
    },
    traces,
  );
  const forCells = [installed(inner, root), installed(fromNotebook, notebookDir)];
  const localOr = <T>(id: string, other: () => T): T | unknown => {
    const file = local.find(id, root);
    return file === undefined ? other() : local.load(file);
  };
  return {
    local,
    require: (id) => localOr(id, () => load(id, forCells)),
    async import(id) {
      const file = local.find(String(id), root);
      return file === undefined ? loadAnyhow(String(id), root, forCells) : namespaceOf(local.load(file));
    },
  };
}

/**
 * `require`, called only for packages that exist: Node remembers what it did not find, and would not find a package
 * that is installed later.
 */
function installed(require: Require, folder: string): Require {
  const folders = upwards(folder);
  return (id) => {
    const [first = "", second = ""] = id.split("/");
    const isPackage =
      !namesFile(id) &&
      !id.startsWith("#") &&
      !id.startsWith("node:") &&
      !builtinModules.includes(id) &&
      id !== "tslab";
    const name = first.startsWith("@") ? `${first}/${second}` : first;
    if (
      isPackage &&
      !folders.some((above) => existsSync(path.join(above, "node_modules", name)) || isItself(above, name))
    ) {
      throw Object.assign(
        new Error(`Cannot find module '${id}'. Is it installed? Looked in node_modules from ${folder} upwards.`),
        { code: "MODULE_NOT_FOUND" },
      );
    }
    return require(id);
  };
}

/** A package may import itself by name. */
function isItself(folder: string, name: string): boolean {
  const manifest = path.join(folder, "package.json");
  return existsSync(manifest) && (createRequire(manifest)(manifest) as { name?: string }).name === name;
}

function upwards(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
