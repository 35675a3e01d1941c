import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rooms } from "../../../lib/backend/cuda/device/rooms";
import { projectPath } from "../../../lib/data/paths";

/** NVRTC: its code is the room's name and the target. It refuses the rooms of FAKE_REFUSES, and knows FAKE_KNOWS. */
const nvrtc = `
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
struct Program { std::string name, target, log; };
static std::string variable(const char* name, const char* other) { return getenv(name) ? getenv(name) : other; }
static std::string code(void* p, const char* kind) {
  return kind + ((Program*)p)->name + " " + ((Program*)p)->target;
}
extern "C" {
int nvrtcCreateProgram(void** p, const char*, const char* name, int, const char* const*, const char* const*) {
  *p = new Program{name, "", ""};
  return 0;
}
int nvrtcDestroyProgram(void** p) { delete (Program*)*p; *p = 0; return 0; }
int nvrtcCompileProgram(void* p, int, const char* const* options) {
  Program& program = *(Program*)p;
  program.target = options[0];
  fprintf(stderr, "compiles %s\\n", program.name.c_str());
  const std::string room = program.name.substr(0, program.name.find('.'));
  if (variable("FAKE_REFUSES", "").find("," + room + ",") == std::string::npos) return 0;
  program.log = program.name + "(3): error: no such feature\\nand more of it";
  return 6;
}
int nvrtcGetCUBINSize(void* p, size_t* n) { *n = code(p, "CODE ").size(); return 0; }
int nvrtcGetCUBIN(void* p, char* to) { memcpy(to, code(p, "CODE ").data(), code(p, "CODE ").size()); return 0; }
int nvrtcGetPTXSize(void* p, size_t* n) { *n = code(p, "PTX ").size(); return 0; }
int nvrtcGetPTX(void* p, char* to) { memcpy(to, code(p, "PTX ").data(), code(p, "PTX ").size()); return 0; }
int nvrtcGetProgramLogSize(void* p, size_t* n) { *n = ((Program*)p)->log.size(); return 0; }
int nvrtcGetProgramLog(void* p, char* to) {
  memcpy(to, ((Program*)p)->log.data(), ((Program*)p)->log.size());
  return 0;
}
int nvrtcVersion(int* major, int* minor) { *major = 12, *minor = 9; return 0; }
int nvrtcGetNumSupportedArchs(int* n) { *n = 3; return 0; }
int nvrtcGetSupportedArchs(int* to) { to[0] = 60, to[1] = 75, to[2] = 90; return 0; }
const char* nvrtcGetErrorString(int) { return "NVRTC_ERROR_OTHER"; }
}`;

/** The driver: it takes code that NVRTC made, and no other. */
const driver = `
#include <cstdlib>
#include <cstring>
static int number(const char* name, int other) { return getenv(name) ? atoi(getenv(name)) : other; }
extern "C" {
#define OTHER(name) int name() { return 0; }
OTHER(cuLaunchKernel) OTHER(cuMemcpyHtoDAsync_v2) OTHER(cuMemcpyDtoHAsync_v2) OTHER(cuMemcpyDtoDAsync_v2)
OTHER(cuMemsetD8Async) OTHER(cuMemFree_v2) OTHER(cuStreamSynchronize) OTHER(cuStreamBeginCapture_v2)
OTHER(cuStreamEndCapture) OTHER(cuGraphInstantiateWithFlags) OTHER(cuGraphLaunch) OTHER(cuGraphExecDestroy)
OTHER(cuGraphDestroy) OTHER(cuFuncSetAttribute) OTHER(cuDriverGetVersion) OTHER(cuLaunchKernelEx)
int cuMemAlloc_v2(void** at, size_t) { *at = (void*)1; return number("FAKE_ALLOCATE", 0); }
int cuCtxGetDevice(int* device) { *device = 0; return number("FAKE_CONTEXT", 0); }
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? number("FAKE_MAJOR", 9) : attribute == 76 ? number("FAKE_MINOR", 0) : 65536;
  return 0;
}
int cuModuleLoadData(void** module, const void* image) {
  *module = (void*)1;
  return strncmp((const char*)image, "CODE ", 5) && strncmp((const char*)image, "PTX ", 4) ? 200 : 0;
}
int cuModuleGetFunction(void** function, void*, const char*) { *function = (void*)1; return 0; }
int cuGetErrorName(int code, const char** name) {
  *name = code == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : code == 200 ? "CUDA_ERROR_INVALID_IMAGE" : "CUDA_ERROR_OTHER";
  return 0;
}
}`;

const program = `
#include <cstdio>
#include "device/card.h"
namespace cuda {
Precision precisionInUse() { return Precision::f32; }
}
int main() {
  try {
    const cuda::CardReport report = cuda::cardReport();
    std::printf("%d\\n", report.capability);
    for (const auto& room : report.rooms) std::printf("%s: %s\\n", room.name.c_str(), room.refusal.c_str());
    cuda::card()->allocate(5000000);
  } catch (const cuda::Failure& failure) {
    std::printf("FAILURE: %s\\n", failure.what());
  }
}`;

/** A card of fakes: what it reports, and the files that it leaves in its cache. */
export interface FakeCard {
  readonly folder: string; // of the libraries
  readonly cache: string;
  look(env?: NodeJS.ProcessEnv): Looked;
  dispose(): void;
}

interface Looked {
  readonly capability: string | undefined;
  readonly refusals: ReadonlyMap<string, string>; // room → reason, of those that were refused
  readonly failure: string | undefined;
  readonly compiled: number; // rooms that NVRTC was given
}

/** Compiles what looks at a card, card.cc and compiler.cc, beside a driver and a compiler that are none. */
export function cardOfFakes(): FakeCard {
  const folder = mkdtempSync(join(tmpdir(), "fake-card-"));
  const at = (name: string) => join(folder, name);
  const sources = rooms.map((room) => `{"${room}", "source of ${room}"}`).join(", ");
  writeFileSync(
    at("kernel-sources.h"),
    "#pragma once\n#include <map>\n#include <string>\nnamespace cuda {\n" +
      `static const std::map<std::string, std::string> kernelSources = {${sources}};\n}\n`,
  );
  for (const [name, text] of Object.entries({ nvrtc, driver, program })) writeFileSync(at(`${name}.cc`), text);
  const compile = (...args: string[]) => execFileSync("g++", ["-std=gnu++17", "-w", "-fPIC", ...args]);
  compile("-shared", at("nvrtc.cc"), "-o", at("libnvrtc.so.12"));
  compile("-shared", at("driver.cc"), "-o", at("libcuda.so.1"));
  const cuda = projectPath("lib/backend/cuda");
  const own = ["card.cc", "compiler.cc"].map((name) => join(cuda, "device", name));
  compile(
    "-DDEEPRETRIEVAL_CUDA",
    `-I${folder}`,
    `-I${cuda}`,
    at("program.cc"),
    ...own,
    "-o",
    at("program"),
    "-ldl",
    "-pthread",
  );
  const cache = at("cache");
  mkdirSync(cache);
  return {
    folder,
    cache,
    look(env = {}) {
      const log = at("stderr");
      const text = execFileSync("/bin/sh", ["-c", `exec "${at("program")}" 2> "${log}"`], {
        encoding: "utf8",
        env: { ...process.env, LD_LIBRARY_PATH: folder, DEEPRETRIEVAL_CACHE: cache, ...env },
      });
      const lines = text.trim().split("\n");
      const failure = lines.find((line) => line.startsWith("FAILURE: "))?.slice("FAILURE: ".length);
      const told = lines.flatMap((line) => {
        const [, room = "", reason = ""] = /^(\w+): (.+)$/.exec(line) ?? [];
        return reason && room !== "FAILURE" ? [[room, reason] as const] : [];
      });
      return {
        capability: /^\d+$/.test(lines[0]!) ? lines[0] : undefined,
        refusals: new Map(told),
        failure,
        compiled: readFileSync(log, "utf8").split("compiles ").length - 1,
      };
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
