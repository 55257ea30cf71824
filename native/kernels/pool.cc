#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace rethink {
namespace {

int64_t thread_count() {
  const char* text = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int64_t asked = text == nullptr ? 0 : std::atoll(text);
  if (asked > 0) return asked;
  const int64_t found = std::thread::hardware_concurrency();
  return found > 0 ? found : 1;
}

class Pool {
 public:
  explicit Pool(int64_t threads) {
    for (int64_t i = 1; i < threads; i++) std::thread([this] { work(); }).detach();
  }

  void run(int64_t count, const std::function<void(int64_t)>& task) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      task_ = &task;
      count_ = count;
      next_ = 0;
      left_ = count;
      round_++;
    }
    wake_.notify_all();
    take();
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0 && active_ == 0; });
    task_ = nullptr;
  }

  // One set of tasks at a time: who finds it busy does its tasks alone.
  std::mutex busy;

 private:
  void take() {
    for (int64_t i = next_++; i < count_; i = next_++) {
      (*task_)(i);
      left_--;
    }
  }

  void work() {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return round_ != seen && task_ != nullptr; });
      seen = round_;
      active_++;
      lock.unlock();
      take();
      lock.lock();
      active_--;
      done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int64_t)>* task_ = nullptr;
  int64_t count_ = 0, active_ = 0;
  uint64_t round_ = 0;
  std::atomic<int64_t> next_{0}, left_{0};
};

}  // namespace

void parallel(int64_t count, const std::function<void(int64_t)>& task) {
  static const int64_t threads = thread_count();
  // Never deleted: its threads live as long as the process.
  static Pool* pool = new Pool(threads);
  std::unique_lock<std::mutex> lock(pool->busy, std::defer_lock);
  if (threads > 1 && count > 1 && lock.try_lock()) return pool->run(count, task);
  for (int64_t i = 0; i < count; i++) task(i);
}

}  // namespace rethink
