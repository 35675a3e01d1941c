import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type * as tsTypes from "@tslab/typescript-for-tslab";
import { createImportResolution } from "./import-resolution";
import { loadTypeScript, typescriptPath, type TypeScript } from "../source/load-typescript";
import { createWatchedFiles } from "./watched-files";
import { withoutMapLine } from "../source/map-line";

/** TypeScript as tslab sees it after `amendTypeScript`. */
interface Amended {
  /** Source maps of a CommonJS text made since the last call; then all are forgotten. */
  takeMaps(): (compiled: string) => readonly string[];
  /** Called before the compiler is used: tells it of files that changed, and has missing imports looked for again. */
  renew(): void;
  /** The program of what was compiled last. */
  program(): tsTypes.Program;
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
 * - nothing is watched: files outside of node_modules are looked at before each cell, and an import that was not
 *   found is looked for again
 * - of a cell's imports only the types are taken: tslab would check and compile every file behind them in one go.
 *   They are compiled when they run (see local-modules.ts) and checked once (see module-complaints.ts).
 * - comments of Node's own types are not parsed: a fifth of the start. Their signatures are shown without prose.
 */
export function amendTypeScript(root: string): Amended {
  const typescript = loadTypeScript();
  const amended = {};
  for (const name of Object.keys(typescript)) {
    Object.defineProperty(amended, name, {
      enumerable: true,
      configurable: true,
      get: () => typescript[name as keyof TypeScript],
    });
  }
  const files = createWatchedFiles();
  let imports: ReturnType<typeof createImportResolution> | undefined;
  let program: tsTypes.Program | undefined;
  const create = (rootFiles: string[], options: object, system: System, ...rest: unknown[]): unknown => {
    const host = (typescript.createWatchCompilerHost as (...all: unknown[]) => WatchHost)(
      rootFiles,
      { ...options, ...projectOptions(typescript, root) },
      lighter(system, root, files.watch),
      ...rest,
    );
    const resolution = (imports = createImportResolution(system as unknown as tsTypes.ModuleResolutionHost, root));
    let created: (builder: Builder) => void = () => undefined;
    Object.defineProperty(host, "afterProgramCreate", {
      get: () => (builder: Builder) => {
        program = builder.getProgram();
        created(
          Object.create(builder, {
            getAllDependencies: { value: (file: tsTypes.SourceFile) => [file.fileName] },
          }) as Builder,
        );
      },
      set: (tslabs: typeof created) => void (created = tslabs),
    });
    return Object.assign(host, {
      resolveModuleNameLiterals: resolution.resolve,
      hasInvalidatedResolutions: resolution.isOutdated,
    });
  };
  let maps = new Map<string, readonly string[]>();
  const transpile: TypeScript["transpileModule"] = (javascript, options) => {
    const [, inline] = inlineMap.exec(javascript) ?? [];
    const result = typescript.transpileModule(javascript.replace(inlineMap, ""), {
      ...options,
      compilerOptions: { ...options.compilerOptions, sourceMap: true },
    });
    const outputText = withoutMapLine(result.outputText);
    const steps = [result.sourceMapText, inline && Buffer.from(inline, "base64").toString("utf8")];
    maps.set(
      outputText,
      steps.filter((step): step is string => Boolean(step)),
    );
    return { ...result, outputText };
  };
  Object.defineProperty(amended, "createWatchCompilerHost", { enumerable: true, value: create });
  Object.defineProperty(amended, "transpileModule", { enumerable: true, value: transpile });
  const loaded = require.cache[typescriptPath];
  if (!loaded)
    throw new Error(
      `${typescriptPath} is not in the module cache, so its options cannot be set. Reinstall tslab 1.0.22 (npm ci).`,
    );
  loaded.exports = amended;
  return {
    renew: () => imports?.renew(files.look()),
    program() {
      if (!program) throw new Error("nothing was compiled yet");
      return program;
    },
    takeMaps() {
      const taken = maps;
      maps = new Map();
      return (compiled) => taken.get(compiled) ?? [];
    },
  };
}

const inlineMap = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([A-Za-z0-9+/=]+)\s*$/;

type Builder = tsTypes.EmitAndSemanticDiagnosticsBuilderProgram;
type WatchHost = { afterProgramCreate?: (builder: Builder) => void };
type Watch = (path: string, tell: (path: string, event: number) => void, ...rest: unknown[]) => { close(): void };
type System = {
  watchFile: Watch;
  watchDirectory?: Watch;
  readFile(path: string, encoding?: string): string | undefined;
};

/** Removes from tslab's view of the file system what would delay the start. */
function lighter(system: System, root: string, watch: Watch): System {
  const { watchFile, readFile } = system;
  const still = { close: () => undefined };
  system.watchFile = (path, ...rest) => {
    // These two are in memory: the cell, and the earlier declarations.
    if (/[\\/](?:__tslab__\.ts|__prev__\.d\.ts)$/.test(path)) return watchFile.call(system, path, ...rest);
    return isInstalled(path, root) ? still : watch(path, ...rest);
  };
  system.watchDirectory = () => still;
  system.readFile = (path, encoding) => {
    const text = readFile.call(system, path, encoding);
    return /[\\/]@types[\\/]node[\\/]/.test(path) && path.endsWith(".d.ts") ? text?.replaceAll("/**", "/* ") : text;
  };
  return system;
}

/**
 * Whether a file belongs to a package or to the build of this one. Such modules stay loaded until the kernel restarts,
 * and their types stay the same as well.
 */
export const isInstalled = (file: string, root: string): boolean =>
  /[\\/]node_modules[\\/]/.test(file) || file.startsWith(`${root}/dist/`);

function projectOptions(typescript: TypeScript, root: string): object {
  return {
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts"],
    typeRoots: [path.join(root, "node_modules", "@types")],
    types: ["node"],
    inlineSourceMap: true,
    allowImportingTsExtensions: true, // `./x.ts`, as Node and Deno write it
    paths: selfReference(root),
  };
}

/** `{ name: [types] }` of the package at `root`; empty where it names no types. */
function selfReference(root: string): Record<string, string[]> {
  const file = path.join(root, "package.json");
  if (!existsSync(file)) return {};
  const { name, types, exports } = JSON.parse(readFileSync(file, "utf8")) as {
    name?: string;
    types?: string;
    exports?: { "."?: { types?: string } };
  };
  const declared = exports?.["."]?.types ?? types;
  return name && declared ? { [name]: [path.join(root, declared)] } : {};
}
