import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../core/files/package-root";

/** Where an evaluation ran. */
export interface Environment {
  readonly library: string; // version of this library
  readonly lock: string; // first 16 hexadecimal digits of the SHA-256 of package-lock.json; "" without one
  readonly node: string;
  readonly platform: string; // "linux-x64"
  readonly processor: string; // as the operating system calls it
  readonly cores: number;
  readonly memoryGB: number; // 1e9 bytes, rounded
}

/** The environment of this process. */
export function environment(): Environment {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string };
  const lock = join(packageRoot, "package-lock.json");
  return {
    library: version,
    lock: existsSync(lock) ? createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 16) : "",
    node: process.version,
    platform: `${platform()}-${arch()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
  };
}
