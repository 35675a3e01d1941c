// Threads that share a loop. TensorFlow's C interface gives kernels no access to its own threads.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

namespace operations {

/** Lets the other thread of a core run for a moment. */
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/**
 * As many threads as processors, or TF_NUM_INTRAOP_THREADS of them. The calling thread is one. The others spin for a
 * moment after each loop: in a step of a decoder the next loop comes within a few µs, and waking a thread takes longer
 * than most loops.
 */
class WorkerThreads {
 public:
  /** Calls work(from, to) for pieces of 0 .. count, on all threads at once, and returns when all are done. One loop at
   * a time. */
  void share(int64_t count, const std::function<void(int64_t, int64_t)>& work) {
    if (others == 0 || count < 2) return work(0, count);
    std::lock_guard<std::mutex> one(loop);
    piece = (count + 4 * (others + 1) - 1) / (4 * (others + 1));  // several for each thread: one of them may start late
    const uint64_t pieces = (count + piece - 1) / piece;
    this->work = &work, this->count = count, done = 0;
    ticket = (round(ticket) + 1) << 48 | pieces << 24;
    if (asleep > 0) {
      std::lock_guard<std::mutex> lock(mutex);
      begun.notify_all();
    }
    takePieces();
    for (int turns = 0; done < pieces; turns++) turns < patience ? pause() : std::this_thread::yield();
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
      const auto tired = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
      while (round(ticket) == seen && std::chrono::steady_clock::now() < tired) pause();
      if (round(ticket) == seen) {
        std::unique_lock<std::mutex> lock(mutex);
        asleep++;
        begun.wait(lock, [&] { return round(ticket) != seen; });
        asleep--;
      }
      seen = takePieces();
    }
  }

  /** Takes pieces until there are none; returns of which loop. Who comes late draws a number past the last: the fields
   * may then be another loop's. */
  uint64_t takePieces() {
    for (;;) {
      const uint64_t drawn = ticket++, pieces = drawn >> 24 & 0xffffff;
      const int64_t number = drawn & 0xffffff;
      if (number >= static_cast<int64_t>(pieces)) return round(drawn);
      const int64_t from = number * piece;
      (*work)(from, from + piece < count ? from + piece : count);
      done++;
    }
  }

  static uint64_t round(uint64_t ticket) { return ticket >> 48; }

  static constexpr int patience = 1000;
  std::mutex loop, mutex;
  std::condition_variable begun;
  const std::function<void(int64_t, int64_t)>* work = nullptr;
  std::atomic<uint64_t> ticket{0};  // of 16, 24 and 24 bits: which loop, how many pieces it has, which is next
  std::atomic<uint64_t> done{0};
  std::atomic<int> asleep{0};
  int64_t count = 0, piece = 1;
  int others = 0;
};

}  // namespace operations
