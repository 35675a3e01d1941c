import { statSync } from "node:fs";
import path from "node:path";

const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"] as const;

/** TypeScript's own names for what an import calls by the name of its output. */
const sources: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

/**
 * The source file that the relative or absolute import `id` means in `folder`, in the compiler's order; undefined where
 * there is none.
 */
export function locate(id: string, folder: string): string | undefined {
  const target = path.resolve(folder, id);
  const ending = path.extname(target);
  const stem = target.slice(0, target.length - ending.length);
  const candidates = [
    ...(sources[ending] ?? []).map((source) => stem + source),
    ...(/[\\/]$/.test(id) ? [] : [target, ...endings.map((added) => target + added)]),
    ...endings.map((added) => path.join(target, `index${added}`)),
  ];
  return candidates.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

/** Whether an import names a file, and not a package. */
export const namesFile = (id: string): boolean => /^\.\.?(?:[\\/]|$)/.test(id) || path.isAbsolute(id);
