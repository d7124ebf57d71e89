// What is made once, whoever asks.
#include "core/made_once.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(made_once_is_made_once_by_whoever_comes_first) {
  static MadeOnce<int> value;
  std::atomic<int> calls{0};
  CHECK_FAILS(Status::kIo, "not now", value.get([]() -> int { fail(Status::kIo, "not now"); }));
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      value.get([&] {
        ++calls;
        std::this_thread::yield();
        return 7;
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(calls.load(), 1);
}

}  // namespace
}  // namespace caffe::test
