import { existsSync, readdirSync, renameSync } from "node:fs";

/** Renames a folder that holds something to `FOLDER-1`, `FOLDER-2`, …, whichever is free: an earlier run is never overwritten. */
export function moveAside(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  let n = 1;
  while (existsSync(`${folder}-${n}`)) n++;
  renameSync(folder, `${folder}-${n}`);
}
