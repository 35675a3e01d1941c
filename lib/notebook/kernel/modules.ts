import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

type Require = (id: string) => unknown;

/** How cells load packages. */
export interface Modules {
  /** `require` for what `import … from` became. Throws NeedsImport where only `import()` can load the module. */
  readonly require: Require;
  /** `import()` of a cell. */
  readonly import: (id: string) => Promise<unknown>;
}

/** A module that `require` cannot load: it exists as an ES module only, or awaits at its top level. */
export class NeedsImport extends Error {
  override readonly name = "NeedsImport";
  constructor(readonly id: string, options: ErrorOptions) {
    super(`${id} can only be loaded by import()`, options);
  }
}

const onlyImport = ["ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"];

/** TypeScript would turn a written import() into require. */
const importModule = new Function("id", "return import(id)") as (id: string) => Promise<Record<string, unknown>>;

/**
 * Loads by `inner`, the require of tslab, then from the notebook's own folder, and by import() where that is the
 * only way; what import() has loaded once, `require` then has.
 */
export function createModules(inner: Require, root: string, notebookDir: string): Modules {
  const imported = new Map<string, unknown>();
  const fromNotebook = createRequire(path.join(notebookDir, "cell.js"));

  const load: Require = (id) => {
    if (imported.has(id)) return imported.get(id);
    try {
      return inner(id);
    } catch (error) {
      const { code, message = "" } = (error ?? {}) as { code?: string; message?: string };
      if (onlyImport.includes(code ?? "")) throw new NeedsImport(id, { cause: error });
      if (code !== "MODULE_NOT_FOUND" || !message.includes(`'${id}'`) || id.startsWith(".")) throw error;
      return fromNotebook(id);
    }
  };

  const loadAnyhow: Modules["import"] = async (id) => {
    try {
      return namespaceOf(load(String(id)));
    } catch (error) {
      if ((error as Error | undefined)?.name !== "NeedsImport") throw error;
      const url = /^\.\.?\//.test(id) ? pathToFileURL(path.resolve(root, id)).href : id;
      const namespace = withFlag(await importModule(url));
      imported.set(id, namespace);
      return namespace;
    }
  };
  return { require: load, import: loadAnyhow };
}

/** What `import()` of a CommonJS module gives: its properties, and itself as `default`. */
function namespaceOf(loaded: unknown): unknown {
  if (typeof loaded !== "object" || loaded === null) return { default: loaded };
  if ((loaded as { __esModule?: unknown }).__esModule) return loaded;
  const own = Object.fromEntries(Object.keys(loaded).map((name) => [name, (loaded as Record<string, unknown>)[name]]));
  return { ...own, default: loaded };
}

/** An ES module as compiled code expects it: marked, so that its default export is found under `default`. */
function withFlag(namespace: Record<string, unknown>): unknown {
  const marked = Object.create(null, { __esModule: { value: true } }) as object;
  for (const name of Object.keys(namespace)) Object.defineProperty(marked, name, { enumerable: true, get: () => namespace[name] });
  return marked;
}
