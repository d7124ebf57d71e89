// What a child made by fork() finds: generations, threads, mutexes and files.
#include "core/fork.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/files.hpp"
#include "core/threads.hpp"
#include "data/database_folder.hpp"
#include "support/check.hpp"
#include "support/children.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

TEST(fork_raises_the_generation_in_the_child) {
  const uint64_t before = fork_generation();
  CHECK(in_child([&] {
    return fork_generation() == before + 1 &&
           in_child([&] { return fork_generation() == before + 2; });
  }));
  CHECK_EQ(fork_generation(), before);
}

TEST(fork_keeps_the_numbers_of_threads_apart) {
  const uint64_t self = thread_number();
  CHECK(self != 0);
  CHECK(!stayed_behind(self));
  CHECK(!stayed_behind(0));
  uint64_t other = 0;
  const Other thread([&](const auto& wait) {
    other = thread_number();
    wait();
  });
  CHECK(other != self);
  CHECK(!stayed_behind(other));
  CHECK(in_child([&] {
    uint64_t own = 0;
    std::thread([&] { own = thread_number(); }).join();
    return thread_number() == self && own > other && !stayed_behind(self) && stayed_behind(other) &&
           !stayed_behind(own) && in_child([&] {
             return stayed_behind(other) && stayed_behind(own) && !stayed_behind(self);
           });
  }));
}

// Without it a child would soon find the mutex held, or the pair half changed.
TEST(fork_waits_for_mutexes) {
  Mutex mutex, inner;
  int64_t pair[2] = {0, 0};
  std::atomic<bool> ending{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!ending) {
        const std::lock_guard<Mutex> lock(mutex);
        ++pair[0];
        {
          const std::lock_guard<Mutex> nested(inner);
          std::this_thread::yield();
        }
        ++pair[1];
      }
    });
  }
  bool good = true;
  for (int i = 0; i < 50 && good; ++i) {
    good = in_child([&] {
      const std::lock_guard<Mutex> lock(mutex);
      const std::lock_guard<Mutex> nested(inner);
      return pair[0] == pair[1];
    });
  }
  ending = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(good);
  CHECK_EQ(pair[0], pair[1]);
}

TEST(fork_in_two_threads_at_once) {
  Mutex mutex;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 10; ++k) {
        good += in_child([&] {
          const std::lock_guard<Mutex> lock(mutex);
          return true;
        });
        const std::lock_guard<Mutex> lock(mutex);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(good.load(), 40);
}

// As a handler of signals might.
TEST(fork_under_ones_own_lock) {
  Mutex mutex;
  {
    const std::lock_guard<Mutex> lock(mutex);
    const ForkHold hold;
    CHECK(in_child([&] {
      mutex.unlock();
      mutex.lock();
      return true;
    }));
  }
  const std::lock_guard<Mutex> lock(mutex);
}

TEST(fork_gives_parent_and_child_threads_of_their_own) {
  const auto shared_out = [] {
    std::vector<int> seen(100);
    parallel_for(100, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
    });
    return seen == std::vector<int>(100, 1);
  };
  set_num_threads(2);
  CHECK(shared_out());
  for (int i = 0; i < 3; ++i) {
    CHECK(in_child([&] { return shared_out() && num_threads() == 2 && in_child(shared_out); }));
    CHECK(shared_out());
  }
  set_num_threads(0);
}

TEST(fork_leaves_files_that_are_being_written_to_the_parent) {
  const Folder folder;
  const std::string path = folder.file("text");
  auto file = std::make_unique<AtomicFile>(path);
  file->write("whole");
  CHECK(in_child([&] {
    try {
      file->commit();
      return false;
    } catch (const Error& error) {
      file.reset();
      return error.status() == Status::kState;
    }
  }));
  file->commit();
  CHECK_EQ(read_file(path), "whole");

  auto database = std::make_unique<DatabaseFolder>(folder.file("database"));
  CHECK(in_child([&] {
    try {
      database->commit();
      return false;
    } catch (const Error& error) {
      database.reset();
      return error.status() == Status::kState;
    }
  }));
  database->commit();
  CHECK(std::filesystem::is_directory(folder.file("database")));
}

}  // namespace
}  // namespace caffe::test
