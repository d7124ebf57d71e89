// Turns of threads, and of a child whose parent is at it.
#include "core/turn.hpp"

#include <mutex>
#include <thread>
#include <vector>

#include "support/check.hpp"
#include "support/children.hpp"

namespace caffe::test {
namespace {

TEST(turns_are_taken_one_at_a_time_and_free_in_a_child) {
  Turn turn;
  int64_t count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 25; ++k) {
        const std::lock_guard<Turn> lock(turn);
        const int64_t seen = count;
        std::this_thread::yield();
        count = seen + 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(count, 100);
  const Other holder([&](const auto& wait) {
    const std::lock_guard<Turn> lock(turn);
    wait();
  });
  CHECK(in_child([&] {  // nobody waits for the holder's end
    const std::lock_guard<Turn> lock(turn);
    return true;
  }));
}

}  // namespace
}  // namespace caffe::test
