import path from "node:path";

/** The folder of this package, which has package.json: three folders above lib/core/files and above dist/core/files. */
export const packageRoot: string = path.resolve(__dirname, "../../..");
