#include "core/fork.hpp"

#include <omp.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

namespace caffe {

namespace {

std::atomic<uint64_t> generation{0};

std::atomic<uint64_t> threads_numbered{0};
// The threads numbered when this process came to be, and the one of them that is in it.
std::atomic<uint64_t> threads_before{0}, survivor{0};

// How many threads have a ForkHold. Several counters, so that threads seldom meet.
constexpr size_t kGates = 16;
struct alignas(64) Gate {
  std::atomic<int64_t> inside{0};
};
Gate gates[kGates];
std::atomic<int> forking{0};  // threads that are about to fork
thread_local int holds = 0;

Gate& own_gate() {
  return gates[thread_number() % kGates];
}

// Of the forking thread itself: a handler of signals may fork at any time.
int64_t own_holds(const Gate& gate) {
  return holds > 0 && &gate == &own_gate() ? 1 : 0;
}

// libgomp's pool of the forking thread ends, its threads with it, and the next parallel region in
// parent and child makes another one. Other threads have pools of their own, of which a child knows
// nothing. Within a region of the program's nothing is given up: regions of ours then have one
// thread, and the region itself cannot be left in a child.
void give_up_pool() {
#ifndef KMP_VERSION_MAJOR  // LLVM's runtime, which looks after itself
  omp_pause_resource_all(omp_pause_soft);
#endif
}

void before_fork() {
  give_up_pool();
  ++forking;
  for (const Gate& gate : gates) {
    while (gate.inside != own_holds(gate)) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }
}

void after_fork_in_parent() {
  --forking;
  forking.notify_all();
}

void after_fork_in_child() {
  ++generation;
  threads_before = threads_numbered.load();
  survivor = thread_number();
  for (Gate& gate : gates) gate.inside = own_holds(gate);
  forking = 0;
}

// Without memory for it forks are as they would be without all this.
[[maybe_unused]] const int registered =
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);

}  // namespace

uint64_t fork_generation() noexcept {
  return generation.load(std::memory_order_relaxed);
}

uint64_t thread_number() noexcept {
  thread_local const uint64_t number = ++threads_numbered;
  return number;
}

bool stayed_behind(uint64_t number) noexcept {
  return number != 0 && number <= threads_before && number != survivor;
}

namespace {

// Who enters says so before looking whether somebody forks, and who forks says so before looking
// whether somebody is inside: one of them sees the other.
void enter() noexcept {
  if (holds++ > 0) return;
  std::atomic<int64_t>& inside = own_gate().inside;
  for (++inside; forking != 0; ++inside) {
    --inside;
    for (int threads; (threads = forking) != 0;) forking.wait(threads);
  }
}

void leave() noexcept {
  if (--holds == 0) --own_gate().inside;
}

}  // namespace

ForkHold::ForkHold() noexcept {
  enter();
}

ForkHold::~ForkHold() {
  leave();
}

void Mutex::lock() {
  enter();
  mutex_.lock();
}

void Mutex::unlock() {
  mutex_.unlock();
  leave();
}

}  // namespace caffe
