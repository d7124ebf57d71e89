// Hands a net's gradients to a reducer: all of them lie in one piece of memory, in the order in
// which backward completes them, and are given away layer by layer while the layers below still
// compute, so that the time of their transport is hidden (Li et al., "PyTorch
// Distributed: Experiences on Accelerating Data Parallel Training", 2020, section 3.2).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "net/net.hpp"
#include "solver/reducer.hpp"

namespace caffe {

class GradientExchange {
 public:
  // Moves the gradients of the net, which outlives this, into the memory of their own.
  GradientExchange(Net& net, std::shared_ptr<Reducer> reducer);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  int world() const { return reducer_->world(); }
  int rank() const { return reducer_->rank(); }

  // What the solvers tell each other besides the gradients: all of them go by the same loss, and
  // stop after the same iteration.
  struct Iteration {
    float loss = 0;
    bool stop = false;
  };
  // The next backward is the iteration's last one: the gradients are summed while it runs.
  void begin(const Iteration& mine);
  // After that backward, when the net's diffs hold the sums: the mean loss, and whether any solver
  // stops.
  Iteration end() const;

  // Training here ends with an error.
  void abandon() noexcept { reducer_->abandon(); }

 private:
  // A parameter's gradient and its place in the arena.
  struct Slot {
    std::shared_ptr<Blob> blob;
    int64_t offset;
  };
  // What is complete behind one layer: it ends where the next one begins.
  struct Piece {
    size_t layer;
    int64_t begin, end;
    std::vector<Slot> slots;
  };

  void find_pieces(const Net& net);
  void after_backward(size_t layer);
  void give(const Piece& piece);
  void take();

  Net& net_;
  const std::shared_ptr<Reducer> reducer_;
  std::vector<Piece> pieces_;
  std::shared_ptr<float> arena_;
  bool exchanges_ = false;
  size_t next_ = 0;  // the piece that is complete next
};

}  // namespace caffe
