import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The TypeScript 5.0.4 that tslab carries: cells are compiled by it and by no other. */
export type TypeScript = typeof import("@tslab/typescript-for-tslab");

const typescriptPath = require.resolve("@tslab/typescript-for-tslab", { paths: [path.dirname(require.resolve("tslab/package.json"))] });

/** Loads tslab's TypeScript. */
export const loadTypeScript = (): TypeScript => require(typescriptPath) as TypeScript;

/** TypeScript as tslab sees it after `amendTypeScript`. */
export interface Amended {
  /** Source maps of a CommonJS text made since the last call; then all are forgotten. */
  takeMaps(): (compiled: string) => readonly string[];
}

/**
 * Hands tslab a TypeScript whose compiler options suit a project. tslab hard-codes them and reads no
 * tsconfig.json; its TypeScript exports getters that cannot be redefined, so it gets a forwarding copy.
 * Call before tslab's converter is first required.
 *
 * - moduleResolution Bundler: finds the types of packages that state them only under `exports`
 * - paths: a package can import itself by name, as Node allows at run time
 * - typeRoots, types: `console` and `process` have types wherever the notebook lies, and nothing else is read
 * - source maps: traces can name the lines of a cell
 * - nothing below node_modules is watched, nor any folder: that took a third of the start, and a package does not
 *   change; an import that was not found is looked for again in the next cell
 * - comments of Node's own types are not parsed: a fifth of the start. Their signatures are shown without prose.
 */
export function amendTypeScript(root: string): Amended {
  const typescript = loadTypeScript();
  const amended = {};
  for (const name of Object.keys(typescript)) {
    Object.defineProperty(amended, name, { enumerable: true, configurable: true, get: () => typescript[name as keyof TypeScript] });
  }
  const create = (files: string[], options: object, system: System, ...rest: unknown[]): unknown =>
    (typescript.createWatchCompilerHost as (...all: unknown[]) => unknown)(files, { ...options, ...projectOptions(typescript, root) }, lighter(system), ...rest);
  let maps = new Map<string, readonly string[]>();
  const transpile: TypeScript["transpileModule"] = (javascript, options) => {
    const [, inline] = inlineMap.exec(javascript) ?? [];
    const result = typescript.transpileModule(javascript.replace(inlineMap, ""), { ...options, compilerOptions: { ...options.compilerOptions, sourceMap: true } });
    const outputText = result.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    const steps = [result.sourceMapText, inline && Buffer.from(inline, "base64").toString("utf8")];
    maps.set(outputText, steps.filter((step): step is string => Boolean(step)));
    return { ...result, outputText };
  };
  Object.defineProperty(amended, "createWatchCompilerHost", { enumerable: true, value: create });
  Object.defineProperty(amended, "transpileModule", { enumerable: true, value: transpile });
  const loaded = require.cache[typescriptPath];
  if (!loaded) throw new Error(`${typescriptPath} is not in the module cache, so its options cannot be set. Reinstall tslab 1.0.22 (npm ci).`);
  loaded.exports = amended;
  return {
    takeMaps() {
      const taken = maps;
      maps = new Map();
      return (compiled) => taken.get(compiled) ?? [];
    },
  };
}

const inlineMap = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

type Watch = (path: string, ...rest: unknown[]) => { close(): void };
type System = { watchFile: Watch; watchDirectory?: Watch; readFile(path: string, encoding?: string): string | undefined };

/** Takes from tslab's view of the file system what a start need not wait for. */
function lighter(system: System): System {
  const { watchFile, readFile } = system;
  const still = { close: () => undefined };
  system.watchFile = (path, ...rest) => (/[\\/]node_modules[\\/]/.test(path) ? still : watchFile.call(system, path, ...rest));
  system.watchDirectory = () => still;
  system.readFile = (path, encoding) => {
    const text = readFile.call(system, path, encoding);
    return /[\\/]@types[\\/]node[\\/]/.test(path) && path.endsWith(".d.ts") ? text?.replaceAll("/**", "/* ") : text;
  };
  return system;
}

function projectOptions(typescript: TypeScript, root: string): object {
  return {
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts"],
    typeRoots: [path.join(root, "node_modules", "@types")],
    types: ["node"],
    inlineSourceMap: true,
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
