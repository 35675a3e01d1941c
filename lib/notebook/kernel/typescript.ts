import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The TypeScript 5.0.4 that tslab carries: cells are compiled by it and by no other. */
export type TypeScript = typeof import("@tslab/typescript-for-tslab");

const typescriptPath = require.resolve("@tslab/typescript-for-tslab", { paths: [path.dirname(require.resolve("tslab/package.json"))] });

/** Loads tslab's TypeScript. */
export const loadTypeScript = (): TypeScript => require(typescriptPath) as TypeScript;

/**
 * Hands tslab a TypeScript whose compiler options suit a project. tslab hard-codes them and reads no
 * tsconfig.json; its TypeScript exports getters that cannot be redefined, so it gets a forwarding copy.
 * Call before tslab's converter is first required.
 *
 * - moduleResolution Bundler: finds the types of packages that state them only under `exports`
 * - paths: a package can import itself by name, as Node allows at run time
 * - typeRoots: `console` and `process` have types wherever the notebook lies
 */
export function amendTypeScript(root: string): void {
  const typescript = loadTypeScript();
  const amended = {};
  for (const name of Object.keys(typescript)) {
    Object.defineProperty(amended, name, { enumerable: true, configurable: true, get: () => typescript[name as keyof TypeScript] });
  }
  const create = (files: string[], options: object, ...rest: unknown[]): unknown =>
    (typescript.createWatchCompilerHost as (...all: unknown[]) => unknown)(files, { ...options, ...projectOptions(typescript, root) }, ...rest);
  Object.defineProperty(amended, "createWatchCompilerHost", { enumerable: true, value: create });
  const loaded = require.cache[typescriptPath];
  if (!loaded) throw new Error(`${typescriptPath} is not in the module cache, so its options cannot be set. Reinstall tslab 1.0.22 (npm ci).`);
  loaded.exports = amended;
}

function projectOptions(typescript: TypeScript, root: string): object {
  return {
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts"],
    typeRoots: [path.join(root, "node_modules", "@types")],
    paths: selfReference(root),
  };
}

/** `{ name: [types] }` of the package at `root`; empty where it names no types. */
function selfReference(root: string): Record<string, string[]> {
  const file = path.join(root, "package.json");
  if (!existsSync(file)) return {};
  const { name, types, exports } = JSON.parse(readFileSync(file, "utf8")) as { name?: string; types?: string; exports?: { "."?: { types?: string } } };
  const declared = exports?.["."]?.types ?? types;
  return name && declared ? { [name]: [path.join(root, declared)] } : {};
}
