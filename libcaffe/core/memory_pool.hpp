// Memory that goes from one value to the next: what a net's activations live in when each is only
// needed until its last reader has run.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/fork.hpp"
#include "core/memory.hpp"

namespace caffe {

// Pieces of the host's memory, aligned to a cache line, with whatever contents. The pool may be
// dropped while pieces are out.
class MemoryPool {
 public:
  using Piece = std::shared_ptr<Memory>;

  // The smallest free piece of at least so many bytes that is not far too large, or a new one.
  Piece take(int64_t bytes);
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
