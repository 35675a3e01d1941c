import path from "node:path";

/** The folder of this package, which has package.json: two folders above lib/core and above dist/core. */
export const packageRoot: string = path.resolve(__dirname, "../..");
