// A card of NVIDIA's: its driver, and cuBLAS for products of many rows.
#ifdef DEEPRETRIEVAL_CUDA

#include "device/card.h"

#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "device/blas.h"
#include "device/compiler.h"
#include "device/kernel-names.h"
#include "device/library.h"
#include "kernel-sources.h"

namespace cuda {

namespace {

using Address = unsigned long long;

/** CUlaunchAttribute and CUlaunchConfig of the driver. */
struct LaunchAttribute {
  unsigned long long id;
  unsigned value[16];
};
struct LaunchConfig {
  Grid grid;
  unsigned x, y, z, shared;
  void* stream;
  LaunchAttribute* attributes;
  unsigned count;
};

/** The functions of the driver that are used. */
struct Driver {
  const Library library{"libcuda.so.1", "libcuda.so"};
  int (*launch)(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
  int (*launchWith)(const LaunchConfig*, void*, void**, void**) = nullptr;
  int (*copyIn)(Address, const void*, size_t, void*);
  int (*copyOut)(void*, Address, size_t, void*);
  int (*copy)(Address, Address, size_t, void*);
  int (*set)(Address, unsigned char, size_t, void*);
  int (*allocate)(Address*, size_t);
  int (*free)(Address);
  int (*wait)(void*);
  int (*begin)(void*, int);
  int (*end)(void*, void**);
  int (*instantiate)(void**, void*, unsigned long long);
  int (*replay)(void*, void*);
  int (*destroyExec)(void*);
  int (*destroy)(void*);
  int (*load)(void**, const void*);
  int (*function)(void**, void*, const char*);
  int (*setAttribute)(void*, int, int);
  int (*context)(int*);
  int (*attribute)(int*, int, int);
  int (*nameOf)(int, const char**);
  Driver() {
    library.find("cuLaunchKernel", launch), library.find("cuMemcpyHtoDAsync_v2", copyIn);
    library.find("cuMemcpyDtoHAsync_v2", copyOut), library.find("cuMemcpyDtoDAsync_v2", copy);
    library.find("cuMemsetD8Async", set), library.find("cuMemAlloc_v2", allocate), library.find("cuMemFree_v2", free);
    library.find("cuStreamSynchronize", wait), library.find("cuStreamBeginCapture_v2", begin);
    library.find("cuStreamEndCapture", end), library.find("cuGraphInstantiateWithFlags", instantiate);
    library.find("cuGraphLaunch", replay), library.find("cuGraphExecDestroy", destroyExec);
    library.find("cuGraphDestroy", destroy), library.find("cuModuleLoadData", load);
    library.find("cuModuleGetFunction", function), library.find("cuFuncSetAttribute", setAttribute);
    int version = 0;
    int (*versionOf)(int*);
    library.find("cuDriverGetVersion", versionOf);
    // older drivers cannot record such launches
    if (versionOf(&version) == 0 && version >= 12030) library.find("cuLaunchKernelEx", launchWith);
    library.find("cuCtxGetDevice", context), library.find("cuDeviceGetAttribute", attribute);
    library.find("cuGetErrorName", nameOf);
  }
};

Address addressOf(const void* at) { return reinterpret_cast<Address>(at); }

class Card : public Device {
 public:
  Card() {
    must(driver.context(&number), "cuCtxGetDevice");
    int shared = 0;
    must(driver.attribute(&major, 75, number), "cuDeviceGetAttribute");
    must(driver.attribute(&minor, 76, number), "cuDeviceGetAttribute");
    must(driver.attribute(&multiprocessors, 16, number), "cuDeviceGetAttribute");
    must(driver.attribute(&shared, 97, number), "cuDeviceGetAttribute");  // with the function's consent
    mostShared = static_cast<size_t>(shared) - 1024;                      // what a kernel's static arrays may take
    // the compiler works on all rooms at once, as far as the system has threads
    std::map<std::string, std::future<std::string>> images;
#define K(name)
#define ROOM(room, names) \
  images[#room] = std::async(std::launch::async | std::launch::deferred, [this] { return imageOf(#room); });
    CUDA_ROOMS(ROOM)
#undef ROOM
#undef K
#define K(name) #name,
#define ROOM(room, names) loadRoom(#room, images[#room], {names});
    CUDA_ROOMS(ROOM)
#undef ROOM
#undef K
  }

  void launch(void* stream, const char* kernel, Grid grid, Block block, void** arguments) override {
    void* function = functionOf(kernel);
    // 48 KB need no consent, of which a kernel's static arrays take some
    if (block.shared > 40 * 1024 && granted[function] < block.shared) {
      must(driver.setAttribute(function, 8, static_cast<int>(block.shared)), kernel);
      granted[function] = block.shared;
    }
    if (block.cluster > 1 || block.early) {
      LaunchAttribute attributes[] = {{4, {block.cluster, 1, 1}}, {6, {block.early}}};
      const LaunchConfig config = {grid,   block.x,    block.y, 1, static_cast<unsigned>(block.shared),
                                   stream, attributes, 2};
      return must(driver.launchWith(&config, function, arguments, nullptr), kernel);
    }
    must(driver.launch(function, grid.x, grid.y, grid.z, block.x, block.y, 1, static_cast<unsigned>(block.shared),
                       stream, arguments, nullptr),
         kernel);
  }

  void multiply(void* stream, const MatrixProduct& p) override {
    if (!blas) blas = std::make_unique<Blas>(allocate(Blas::workspaceBytes));
    blas->multiply(stream, p);
  }

  void copyIn(void* stream, void* to, const void* from, size_t bytes) override {
    must(driver.copyIn(addressOf(to), from, bytes, stream), "cuMemcpyHtoDAsync");
  }
  void copyOut(void* stream, void* to, const void* from, size_t bytes) override {
    must(driver.copyOut(to, addressOf(from), bytes, stream), "cuMemcpyDtoHAsync");
    must(driver.wait(stream), "cuStreamSynchronize");
  }
  void copy(void* stream, void* to, const void* from, size_t bytes) override {
    must(driver.copy(addressOf(to), addressOf(from), bytes, stream), "cuMemcpyDtoDAsync");
  }
  void zero(void* stream, void* at, size_t bytes) override {
    must(driver.set(addressOf(at), 0, bytes, stream), "cuMemsetD8Async");
  }

  void* allocate(size_t bytes) override {
    Address at = 0;
    const int code = driver.allocate(&at, bytes);
    if (code == 2)  // CUDA_ERROR_OUT_OF_MEMORY
      throw Failure("the card has no room for " + std::to_string(bytes / 1000000) +
                    " MB more. Set TF_FORCE_GPU_ALLOW_GROWTH=true, or generate fewer completions at a time");
    must(code, "cuMemAlloc");
    return reinterpret_cast<void*>(at);
  }
  void release(void* stream, void* at) override {
    must(driver.wait(stream), "cuStreamSynchronize");
    must(driver.free(addressOf(at)), "cuMemFree");
  }

  void recorded(void* stream, const std::string& key, void (*body)(void*), void* given) override {
    auto found = graphs.find(key);
    if (found == graphs.end()) {
      multiplyOnce(stream);
      void *graph = nullptr, *exec = nullptr;
      must(driver.begin(stream, 2), "cuStreamBeginCapture");  // relaxed: other threads may use the driver
      try {
        body(given);
      } catch (...) {
        driver.end(stream, &graph);
        if (graph) driver.destroy(graph);
        throw;
      }
      must(driver.end(stream, &graph), "cuStreamEndCapture");
      const int code = driver.instantiate(&exec, graph, 0);
      driver.destroy(graph);
      must(code, "cuGraphInstantiate");
      forgetOldest(stream);
      found = graphs.emplace(key, exec).first;
      order.push_back(key);
    }
    must(driver.replay(found->second, stream), "cuGraphLaunch");
  }

  bool has(const std::string& kernel) override {
    const auto found = functions.find(kernel);
    return found != functions.end() && found->second;
  }
  bool hasClusters() override { return major >= 9 && driver.launchWith; }
  int processors() override { return multiprocessors; }
  int64_t leastInParts() override {
    // A100, H100, H200, B200: bfloat16 is at least ten times as fast as float32. Other cards are slower in parts.
    const bool isServer = capability() == 80 || capability() == 90 || capability() / 10 == 10;
    return isServer && has("splitParts") ? 512 : int64_t{1} << 20;
  }
  size_t sharedMemory() override { return mostShared; }

  int capability() const { return 10 * major + minor; }
  const std::map<std::string, std::string>& refused() const { return refusals; }

 private:
  const Driver driver;
  int number = 0, major = 0, minor = 0, multiprocessors = 0;
  size_t mostShared = 0;
  std::unique_ptr<Blas> blas;
  std::unordered_map<std::string, void*> functions;
  std::unordered_map<void*, size_t> granted;
  std::map<std::string, std::string> refusals;  // room → the compiler's error
  std::unordered_map<std::string, void*> graphs;
  std::list<std::string> order;
  static constexpr size_t mostGraphs = 16;

  void must(int code, const char* what) const {
    if (code == 0) return;
    throw Failure(std::string("the card failed: ") + what + " gave " + nameOf(code) +
                  ". The step is lost; start the process again, and resume from the last checkpoint");
  }

  std::string imageOf(const char* room, bool anew = false) const {
    const auto source = kernelSources.find(room);
    if (source == kernelSources.end()) throw Failure("its source is missing");
    return compiled(room, source->second, major, minor, anew);
  }

  /** What the driver calls a code. */
  std::string nameOf(int code) const {
    const char* name = nullptr;
    driver.nameOf(code, &name);
    return name ? name : std::to_string(code);
  }

  void loadRoom(const char* room, std::future<std::string>& image, std::initializer_list<const char*> names) {
    try {
      void* module = nullptr;
      // what the cache kept may be cut off, or another driver's
      if (driver.load(&module, image.get().data()) != 0) {
        const int code = driver.load(&module, imageOf(room, true).data());
        if (code != 0) throw Failure("the driver does not take their machine code, " + nameOf(code));
      }
      for (const char* name : names)
        if (driver.function(&functions[name], module, name) != 0)
          throw Failure(std::string("their machine code has no ") + name);
    } catch (const std::exception& error) {
      refusals[room] = error.what();
    }
  }

  void* functionOf(const char* kernel) {
    const auto found = functions.find(kernel);
    if (found == functions.end() || !found->second)
      throw Failure(std::string("the kernel ") + kernel + " did not compile for this card");
    return found->second;
  }

  /** cuBLAS chooses and loads its kernels at the first call, which a capture does not allow. */
  void multiplyOnce(void* stream) {
    if (blas) return;
    blas = std::make_unique<Blas>(allocate(Blas::workspaceBytes));
    float* room = static_cast<float*>(allocate(3 * 64 * 64 * sizeof(float)));
    zero(stream, room, 3 * 64 * 64 * sizeof(float));
    blas->multiply(stream, {false, false, 64, 64, 64, 1, room, room + 4096, 0, room + 8192});
    blas->multiply(stream, {false, true, 64, 64, 64, 1, room, room + 4096, 0, room + 8192});
    release(stream, room);
  }

  void forgetOldest(void* stream) {
    if (order.size() < mostGraphs) return;
    must(driver.wait(stream), "cuStreamSynchronize");
    driver.destroyExec(graphs.at(order.front()));
    graphs.erase(order.front());
    order.pop_front();
  }
};

Card& shared() {
  static Card one;
  return one;
}

}  // namespace

Device* card() { return &shared(); }

CardReport cardReport() {
  CardReport report;
  report.capability = shared().capability();
#define K(name)
#define ROOM(room, names) \
  report.rooms.push_back({#room, shared().refused().count(#room) ? shared().refused().at(#room) : ""});
  CUDA_ROOMS(ROOM)
#undef ROOM
#undef K
  return report;
}

}  // namespace cuda

#endif
