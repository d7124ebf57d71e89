// One thread at a time, for work that takes long or calls the user's callbacks, so that fork()
// cannot wait for its end. In a child it is free, if it was another thread's: so it may guard
// nothing that is half changed meanwhile.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/fork.hpp"

namespace caffe {

class Turn {
 public:
  void lock() {
    const uint64_t self = thread_number();
    for (uint64_t holder = 0; !holder_.compare_exchange_strong(holder, self);) {
      if (stayed_behind(holder)) continue;  // take it from that one
      if (holder != 0) holder_.wait(holder);
      holder = 0;
    }
  }
  void unlock() {
    holder_ = 0;
    holder_.notify_one();
  }

 private:
  std::atomic<uint64_t> holder_{0};
};

}  // namespace caffe
