#ifdef DEEPRETRIEVAL_CUDA

#include "device/compiler.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

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
  int (*destroy)(void**);
  int (*version)(int*, int*);
  int (*ptxSize)(void*, size_t*);
  int (*ptx)(void*, char*);
  int (*countArchitectures)(int*);
  int (*architectures)(int*);
  const char* (*nameOf)(int);
  Compiler() {
    library.find("nvrtcCreateProgram", create), library.find("nvrtcCompileProgram", build);
    library.find("nvrtcGetCUBINSize", imageSize), library.find("nvrtcGetCUBIN", image);
    library.find("nvrtcGetProgramLogSize", logSize), library.find("nvrtcGetProgramLog", log);
    library.find("nvrtcDestroyProgram", destroy);
    library.find("nvrtcVersion", version), library.find("nvrtcGetErrorString", nameOf);
    library.find("nvrtcGetPTXSize", ptxSize), library.find("nvrtcGetPTX", ptx);
    library.find("nvrtcGetNumSupportedArchs", countArchitectures);
    library.find("nvrtcGetSupportedArchs", architectures);
  }
  static const Compiler& shared() {
    static const Compiler compiler;
    return compiler;
  }
};

/** The first error of the log, or NVRTC's name for the code. */
std::string errorOf(const Compiler& c, void* program, int code) {
  size_t size = 0;
  c.logSize(program, &size);
  std::string log(size, 0);
  c.log(program, log.data());
  const size_t at = log.find("error");
  return at == std::string::npos ? std::string("NVRTC says ") + c.nameOf(code)
                                 : log.substr(at, log.find('\n', at) - at);
}

std::string versionOf(const Compiler& c) {
  int major = 0, minor = 0;
  c.version(&major, &minor);
  return std::to_string(major) + "." + std::to_string(minor);
}

/** The newest architecture up to this one that the compiler knows, such as 90. Throws Failure if there is none. */
int knownUpTo(const Compiler& c, int architecture) {
  int count = 0, best = 0;
  c.countArchitectures(&count);
  std::vector<int> known(count);
  c.architectures(known.data());
  for (const int each : known)
    if (each <= architecture && each > best) best = each;
  if (best) return best;
  throw Failure("NVRTC " + versionOf(c) + " compiles for no card as old as this");
}

}  // namespace

std::string compiled(const std::string& room, const std::string& source, int major, int minor, bool anew) {
  const int own = 10 * major + minor;
  const std::string cache = cacheFolder(), folder = cache + "/cubin";
  const std::string file = folder + "/" + room + "-" + hashOf(source) + "-sm_" + std::to_string(own) + ".cubin";
  if (!cache.empty() && !anew) {
    std::string kept = read(file);
    if (!kept.empty()) return kept;
  }
  const Compiler& c = Compiler::shared();
  // of this version of NVRTC; a card before Ampere has no tensor cores for float32, which takes 10 s to find out
  const std::string refusal = file + "." + versionOf(c) + ".refused";
  if (!cache.empty() && !anew) {
    const std::string kept = read(refusal);
    if (!kept.empty()) throw Failure(kept);
  }
  const int architecture = knownUpTo(c, own);
  const bool isPtx = architecture != own;
  void* program = nullptr;
  if (const int code = c.create(&program, source.c_str(), (room + ".cu").c_str(), 0, nullptr, nullptr))
    throw Failure(std::string("NVRTC does not start: ") + c.nameOf(code));
  const std::string target =
      std::string("--gpu-architecture=") + (isPtx ? "compute_" : "sm_") + std::to_string(architecture);
  const char* options[] = {target.c_str(), "-std=c++17"};
  std::string image, error;
  if (const int code = c.build(program, 2, options)) {
    error = errorOf(c, program, code);
    constexpr int doesNotCompile = 6;  // NVRTC_ERROR_COMPILATION
    if (code == doesNotCompile && !cache.empty()) keep(folder, refusal, error);
  } else {
    size_t size = 0;
    (isPtx ? c.ptxSize : c.imageSize)(program, &size);
    image.resize(size);
    if (size == 0 || (isPtx ? c.ptx : c.image)(program, image.data())) error = "NVRTC gives no code for " + target;
  }
  c.destroy(&program);
  if (!error.empty()) throw Failure(error);
  if (!cache.empty()) keep(folder, file, image);
  return image;
}

}  // namespace cuda

#endif
