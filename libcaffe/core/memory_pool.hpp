// Memory that goes from one value to the next: what a net's activations live in when each is only
// needed until its last reader has run.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/fork.hpp"

namespace caffe {

// Pieces of floats, aligned to a cache line, with whatever contents. The pool may be dropped while
// pieces are out.
class MemoryPool {
 public:
  struct Piece {
    std::shared_ptr<float> values;
    int64_t capacity = 0;
  };

  // The smallest free piece of at least `count` floats that is not far too large, or a new one.
  Piece take(int64_t count);
  void give(Piece piece);
  // Frees the pieces that nobody has taken since the last call.
  void trim();

  // In bytes, of pieces in use and free ones.
  int64_t size() const { return size_; }

 private:
  struct Free {
    Piece piece;
    bool rested = false;  // since the last trim()
  };

  Mutex mutex_;
  std::vector<Free> free_;
  int64_t size_ = 0;
};

}  // namespace caffe
