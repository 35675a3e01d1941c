import path from "node:path";

/** The TypeScript 5.0.4 that tslab carries: cells are compiled by it and by no other. */
export type TypeScript = typeof import("@tslab/typescript-for-tslab");

/** Where it lies. */
export const typescriptPath = require.resolve("@tslab/typescript-for-tslab", {
  paths: [path.dirname(require.resolve("tslab/package.json"))],
});

/** Loads tslab's TypeScript. */
export const loadTypeScript = (): TypeScript => require(typescriptPath) as TypeScript;
