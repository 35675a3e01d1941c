import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A driver's library in C whose answers come from the environment. */
const library = `
#include <stdlib.h>
#include <string.h>
static int number(const char* name, int other) { return getenv(name) ? atoi(getenv(name)) : other; }
int cuInit(unsigned flags) {
  if (getenv("FAKE_CRASH")) abort();
  return number("FAKE_INIT", 0);
}
int cuDriverGetVersion(int* version) { *version = number("FAKE_CUDA", 13000); return 0; }
int cuDeviceGetCount(int* count) { *count = number("FAKE_COUNT", 1); return 0; }
int cuDeviceGet(int* device, int place) { *device = place; return 0; }
int cuDeviceGetName(char* name, int room, int device) { strncpy(name, "Fake card", room); return 0; }
int cuDeviceGetAttribute(int* value, int attribute, int device) {
  *value = attribute == 75 ? number("FAKE_MAJOR", 9) : attribute == 76 ? number("FAKE_MINOR", 0) : 0;
  return 0;
}
int cuGetErrorName(int code, const char** name) {
  *name = code == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_OTHER";
  return 0;
}
`;

/** What stands in for a driver on a machine of the tests. */
export interface Fakes {
  readonly libraries?: readonly ("libcuda.so.1" | "libnvidia-ml.so.1")[];
  readonly smi?: string; // what nvidia-smi prints; an exit code of 9 where it begins with "failed"
  readonly env?: NodeJS.ProcessEnv;
}

let compiled: string | undefined; // once for all tests of a file

/** Where the library is. The folder goes with this process. */
function libraryFile(): string {
  if (compiled) return compiled;
  const folder = mkdtempSync(join(tmpdir(), "driver-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [source, file] = [join(folder, "driver.c"), join(folder, "driver.so")];
  writeFileSync(source, library);
  execFileSync("g++", ["-x", "c", "-shared", "-fPIC", "-w", source, "-o", file]);
  return (compiled = file);
}

/** Lays the fakes into a folder, and calls `use` with an environment in which they are found. */
export async function machineOf({ libraries = [], smi, env = {} }: Fakes, use: (env: NodeJS.ProcessEnv) => unknown) {
  const folder = mkdtempSync(join(tmpdir(), "card-"));
  try {
    mkdirSync(join(folder, "bin"));
    for (const name of libraries) copyFileSync(libraryFile(), join(folder, name));
    if (smi !== undefined) {
      const program = join(folder, "bin/nvidia-smi");
      writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${smi}\nEND\nexit ${smi.startsWith("failed") ? 9 : 0}\n`);
      chmodSync(program, 0o755);
    }
    const { CUDA_VISIBLE_DEVICES: _, ...own } = process.env;
    const found = { PATH: `${join(folder, "bin")}${delimiter}${own["PATH"]}`, LD_LIBRARY_PATH: folder };
    await use({ ...own, ...found, ...env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
