// What fork() does to the library. A child has one thread, the one that forked, and the memory as
// it was at that moment: a mutex that another thread held stays locked in it, and what it guards
// may be half changed; pools of threads are empty, and who waits for one of their threads waits for
// ever.
//
// So there is no std::mutex in the library but where a comment says why, but
//   Mutex              fork() waits until nobody holds one
//   PerProcess<T>      (core/per_process.hpp) is made anew in a child
//   MadeOnce<T>        (core/made_once.hpp) in the place of a static that is made when first used
//   Turn               (core/turn.hpp) for long work: free in a child
// and the OpenMP runtime gives up the forking thread's pool, and makes another one when it is
// needed.
#pragma once

#include <cstdint>
#include <mutex>

namespace caffe {

// Raised in every child made by fork(): tells what a process has made from what it has inherited.
uint64_t fork_generation() noexcept;

// A number of the calling thread that no other one has had, in this process or in those it comes
// from. (Those of the system are given out again, in a child at once.) Never 0.
uint64_t thread_number() noexcept;
// Whether that thread is one of a process that this one has been forked from, and not here.
bool stayed_behind(uint64_t thread_number) noexcept;

// While one lives, a fork() in another thread waits. So it may not live while a callback of the
// user's is called, the log's included, which may be waiting for the thread that forks.
class ForkHold {
 public:
  ForkHold() noexcept;
  ~ForkHold();
  ForkHold(const ForkHold&) = delete;
  ForkHold& operator=(const ForkHold&) = delete;
};

// A mutex that is free in a child, and what it guards whole. What is said of ForkHold goes for it.
class Mutex {
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
};

}  // namespace caffe
