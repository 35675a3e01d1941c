#ifdef DEEPRETRIEVAL_CUDA

#include "device/compiler.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "device/library.h"

namespace cuda {

namespace {

/** DEEPRETRIEVAL_CACHE, else where lib/setup/native/cache.js keeps things; empty if there is no home. */
std::string cacheFolder() {
  const auto value = [](const char* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  if (!value("DEEPRETRIEVAL_CACHE").empty()) return value("DEEPRETRIEVAL_CACHE");
  if (!value("XDG_CACHE_HOME").empty()) return value("XDG_CACHE_HOME") + "/deepretrieval";
  return value("HOME").empty() ? "" : value("HOME") + "/.cache/deepretrieval";
}

/** FNV-1a, 64 bits. */
std::string hashOf(const std::string& text) {
  uint64_t hash = 1469598103934665603ull;
  for (const unsigned char each : text) hash = (hash ^ each) * 1099511628211ull;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

std::string read(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/** Places the file whole. A cache that cannot be written costs the next process a compilation, and no more. */
void keep(const std::string& folder, const std::string& file, const std::string& image) {
  mkdir(folder.substr(0, folder.rfind('/')).c_str(), 0755), mkdir(folder.c_str(), 0755);
  const std::string scratch = file + "." + std::to_string(getpid());
  std::ofstream out(scratch, std::ios::binary);
  out.write(image.data(), static_cast<std::streamsize>(image.size()));
  out.close();
  if (!out || std::rename(scratch.c_str(), file.c_str()) != 0) std::remove(scratch.c_str());
}

struct Compiler {
  const Library library{"libnvrtc.so.12", "libnvrtc.so.13", "libnvrtc.so"};
  int (*create)(void**, const char*, const char*, int, const char* const*, const char* const*);
  int (*build)(void*, int, const char* const*);
  int (*imageSize)(void*, size_t*);
  int (*image)(void*, char*);
  int (*logSize)(void*, size_t*);
  int (*log)(void*, char*);
  int (*version)(int*, int*);
  Compiler() {
    library.find("nvrtcCreateProgram", create), library.find("nvrtcCompileProgram", build);
    library.find("nvrtcGetCUBINSize", imageSize), library.find("nvrtcGetCUBIN", image);
    library.find("nvrtcGetProgramLogSize", logSize), library.find("nvrtcGetProgramLog", log);
    library.find("nvrtcVersion", version);
  }
  static const Compiler& shared() {
    static const Compiler compiler;
    return compiler;
  }
};

std::string errorOf(const Compiler& c, void* program) {
  size_t size = 0;
  c.logSize(program, &size);
  std::string log(size, 0);
  c.log(program, log.data());
  const size_t at = log.find("error");
  return at == std::string::npos ? "no reason is given" : log.substr(at, log.find('\n', at) - at);
}

}  // namespace

std::string compiled(const std::string& room, const std::string& source, int major, int minor) {
  const std::string architecture = "sm_" + std::to_string(major) + std::to_string(minor);
  const std::string cache = cacheFolder(), folder = cache + "/cubin";
  const std::string file = folder + "/" + room + "-" + hashOf(source) + "-" + architecture + ".cubin";
  if (!cache.empty()) {
    std::string kept = read(file);
    if (!kept.empty()) return kept;
  }
  const Compiler& c = Compiler::shared();
  void* program = nullptr;
  if (c.create(&program, source.c_str(), (room + ".cu").c_str(), 0, nullptr, nullptr))
    throw Failure("NVRTC does not start");
  const std::string target = "--gpu-architecture=" + architecture;
  const char* options[] = {target.c_str(), "-std=c++17"};
  if (c.build(program, 2, options)) throw Failure(errorOf(c, program));
  size_t size = 0;
  c.imageSize(program, &size);
  std::string image(size, 0);
  if (size == 0 || c.image(program, image.data())) throw Failure("NVRTC gives no machine code for " + architecture);
  if (!cache.empty()) keep(folder, file, image);
  return image;
}

}  // namespace cuda

#endif
