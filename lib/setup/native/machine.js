// What kind of machine this is, as far as TensorFlow's wheels care.
"use strict";
const fs = require("node:fs");

const driverFiles = [
  "/proc/driver/nvidia/version", // the kernel module is loaded, though a container may have been given no card
  "/usr/lib/wsl/lib/libcuda.so.1", // Windows Subsystem for Linux
];

/** Where programs reach cards: NVIDIA's devices, and that of Windows Subsystem for Linux. */
const cardFiles = ["/dev/nvidiactl", "/dev/dxg"];

/** @returns {{ platform: string, arch: string, cuda: boolean, musl: boolean }} */
function thisMachine({ exists = fs.existsSync, glibc = process.report?.getReport().header.glibcVersionRuntime } = {}) {
  const { platform, arch } = process;
  return {
    platform,
    arch,
    cuda: platform === "linux" && ["/dev/nvidiactl", ...driverFiles].some((file) => exists(file)),
    musl: platform === "linux" && !glibc,
  };
}

/** `linux on x64`, for a message. */
function machineName({ platform, arch, musl }) {
  return `${platform}${musl ? " with musl" : ""} on ${arch}`;
}

/** Flags of /proc/cpuinfo that a width of vectors needs, the widest first. */
const vectorFlags = {
  avx512: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
  avx2: ["avx2", "fma", "bmi2"],
  sse4: ["sse4_2"],
};

/**
 * The widest vectors of this processor, by DEEPRETRIEVAL_SIMD's names.
 * @param {{ arch?: string, cpuinfo?: string }} [options] `cpuinfo`: the text of /proc/cpuinfo
 * @returns {"avx512" | "avx2" | "sse4" | "neon"}
 */
function widestVectors({ arch = process.arch, cpuinfo = readOrEmpty("/proc/cpuinfo") } = {}) {
  if (arch === "arm64") return "neon";
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1].trim().split(/\s+/) ?? []);
  return Object.keys(vectorFlags).find((name) => vectorFlags[name].every((flag) => flags.has(flag))) ?? "sse4";
}

const readOrEmpty = (file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");

module.exports = { driverFiles, cardFiles, thisMachine, machineName, widestVectors };
