// What kind of machine this is, as far as TensorFlow's wheels care.
"use strict";
const fs = require("node:fs");

const driverFiles = [
  "/proc/driver/nvidia/version", // the kernel module is loaded
  "/dev/nvidiactl", // a container that was given a GPU
  "/usr/lib/wsl/lib/libcuda.so.1", // Windows Subsystem for Linux
];

/** @returns {{ platform: string, arch: string, cuda: boolean, musl: boolean }} */
function thisMachine({ exists = fs.existsSync, glibc = process.report?.getReport().header.glibcVersionRuntime } = {}) {
  const { platform, arch } = process;
  return { platform, arch, cuda: platform === "linux" && driverFiles.some((file) => exists(file)), musl: platform === "linux" && !glibc };
}

/** `linux on x64`, for a message. */
function machineName({ platform, arch, musl }) {
  return `${platform}${musl ? " with musl" : ""} on ${arch}`;
}

module.exports = { thisMachine, machineName };
