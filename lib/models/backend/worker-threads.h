// Threads that share a loop: TensorFlow's C interface lends its kernels none.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

namespace decoder {

/** As many threads as processors, or as TF_NUM_INTRAOP_THREADS says; the one that calls is one of them. */
class WorkerThreads {
 public:
  /** Calls work(from, to) for pieces of 0 .. count, on all threads at once, and returns when all are done. One loop at a time. */
  void share(int64_t count, const std::function<void(int64_t, int64_t)>& work) {
    if (others == 0 || count < 2) return work(0, count);
    std::lock_guard<std::mutex> one(loop);
    {
      std::lock_guard<std::mutex> lock(mutex);
      this->work = &work, this->count = count;
      piece = (count + 4 * (others + 1) - 1) / (4 * (others + 1));  // several each: one of them may be late
      next = 0, busy = others, round++;
    }
    begun.notify_all();
    takePieces();
    std::unique_lock<std::mutex> lock(mutex);
    done.wait(lock, [this] { return busy == 0; });
  }

  static WorkerThreads& shared() {
    static WorkerThreads* threads = new WorkerThreads;  // never destroyed: its threads wait until the process ends
    return *threads;
  }

 private:
  WorkerThreads() {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int asked = wanted ? std::atoi(wanted) : 0;
    const int total = asked > 0 ? asked : static_cast<int>(std::thread::hardware_concurrency());
    others = total > 1 ? total - 1 : 0;
    for (int i = 0; i < others; i++) std::thread([this] { wait(); }).detach();
  }

  void wait() {
    for (uint64_t seen = 0;;) {
      {
        std::unique_lock<std::mutex> lock(mutex);
        begun.wait(lock, [&] { return round != seen; });
        seen = round;
      }
      takePieces();
      std::lock_guard<std::mutex> lock(mutex);
      if (--busy == 0) done.notify_one();
    }
  }

  void takePieces() {
    for (int64_t from; (from = next.fetch_add(piece)) < count;) (*work)(from, from + piece < count ? from + piece : count);
  }

  std::mutex loop, mutex;
  std::condition_variable begun, done;
  const std::function<void(int64_t, int64_t)>* work = nullptr;
  std::atomic<int64_t> next{0};
  int64_t count = 0, piece = 1;
  uint64_t round = 0;
  int others = 0, busy = 0;
};

}  // namespace decoder
