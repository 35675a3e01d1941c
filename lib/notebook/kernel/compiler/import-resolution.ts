import type * as tsTypes from "@tslab/typescript-for-tslab";
import { loadTypeScript } from "../source/load-typescript";

/** Finds the files that imports mean, for the compiler. */
interface ImportResolution {
  /** As TypeScript calls it, for the imports of one file. */
  resolve(
    literals: readonly { readonly text: string }[],
    containingFile: string,
    redirected: tsTypes.ResolvedProjectReference | undefined,
    options: tsTypes.CompilerOptions,
  ): readonly tsTypes.ResolvedModuleWithFailedLookupLocations[];
  /** Whether the imports of a file must be looked for again. */
  isOutdated(path: string): boolean;
  /**
   * Called before a cell is compiled. Files that were not found may exist now, and where files `changed`, an import may
   * mean another file.
   */
  renew(changed: boolean): void;
}

/**
 * TypeScript's own cache remembers what it did not find until a watcher of folders tells it otherwise, and such
 * watchers are slow. Here, imports that were not found are looked for again with every cell.
 */
export function createImportResolution(host: tsTypes.ModuleResolutionHost, root: string): ImportResolution {
  const ts = loadTypeScript();
  const newCache = (): tsTypes.ModuleResolutionCache => ts.createModuleResolutionCache(root, (name) => name);
  let cache = newCache();
  let outdated = new Set<string>();
  const incomplete = new Set<string>(); // files with an import that was not found
  const local = new Set<string>(); // files outside of packages: what they import may move

  return {
    resolve(literals, containingFile, redirected, options) {
      const found = literals.map(({ text }) =>
        ts.resolveModuleName(text, containingFile, options, host, cache, redirected),
      );
      const isLocal = !/[\\/]node_modules[\\/]/.test(containingFile);
      if (isLocal) local.add(containingFile);
      if (isLocal && found.some(({ resolvedModule }) => resolvedModule === undefined)) incomplete.add(containingFile);
      else incomplete.delete(containingFile);
      return found;
    },
    isOutdated: (path) => outdated.has(path),
    renew(changed) {
      outdated = new Set(changed ? local : incomplete);
      if (outdated.size > 0) cache = newCache();
    },
  };
}
