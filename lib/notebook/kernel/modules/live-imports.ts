import { runtimeError } from "../engine/cell-error";
import { boundValue, importBindings, type ImportBinding } from "../source/import-bindings";
import type { LocalModules } from "./local-modules";
import type { Locals } from "../engine/scope";

/**
 * Names that cells imported from source files. When a file changes they get their new values: their types have changed
 * as well.
 */
interface LiveImports {
  /** Called after a cell: its imports are followed from now on, and the other names that it declared no longer. */
  note(prepared: string, declared: readonly string[]): void;
  /** Called before a cell: loads changed files again. A file that does not load is reported, its old values stay. */
  update(): void;
  /** Follows no import any more. */
  forget(): void;
}

/**
 * @param root where relative imports of prepared cells start
 * @param complain tells the reader of a file that changed and does not load
 */
export function createLiveImports(
  local: LocalModules,
  root: string,
  locals: Locals,
  complain: (text: string) => void,
): LiveImports {
  const bindings = new Map<string, ImportBinding & { readonly file: string }>();
  return {
    note(prepared, declared) {
      for (const name of declared) bindings.delete(name);
      for (const binding of importBindings(prepared)) {
        const file = local.find(binding.id, root);
        if (file !== undefined && local.isFresh(file) && Object.hasOwn(locals, binding.name))
          bindings.set(binding.name, { ...binding, file });
      }
    },
    forget: () => bindings.clear(),
    update() {
      if (!local.forgetChanged()) return;
      const broken = new Set<string>();
      for (const [name, binding] of bindings) {
        if (local.isFresh(binding.file) || broken.has(binding.file)) continue;
        try {
          local.load(binding.file);
        } catch (error) {
          broken.add(binding.file);
          complain(
            `${binding.id} changed and does not load; ${name} and what else came from it keep their earlier ` +
              `values.\n${runtimeError(error).traceback.join("\n")}\n`,
          );
        }
      }
      for (const [name, binding] of bindings)
        if (local.isFresh(binding.file)) locals[name] = boundValue(binding, local.load(binding.file));
    },
  };
}
