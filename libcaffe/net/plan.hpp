// What a net runs in phase TEST: its layers, those that can be fused as one step each, and after
// which step each value's memory is free.
#pragma once

#include <memory>
#include <vector>

#include "core/memory_pool.hpp"
#include "net/fused_step.hpp"
#include "net/graph.hpp"

namespace caffe {

class Plan {
 public:
  // With `everything` only blobs that are not hidden keep their values and everything is fused that
  // can be; without it only what nobody can see from outside: layers in place behind a convolution.
  Plan(const Graph& graph, Kernels& kernels, bool everything);

  const std::vector<Step>& steps() const { return steps_; }
  // Whether any step is more than a layer.
  bool fuses() const { return fuses_; }
  // Before the first step, when shapes are known.
  void begin_pass();
  // Takes back the memory of the values whose last reader was this step.
  void end_step(size_t step);
  // Bytes of memory for activations, those in use and those that wait for the next one.
  int64_t memory() const { return pool_->size(); }

 private:
  void plan_memory();

  const Graph& graph_;
  const bool everything_;
  bool fuses_ = false;
  std::vector<Step> steps_;
  // What is free after each step, as the blobs' storages were when it was planned.
  std::vector<std::vector<std::shared_ptr<Storage>>> releases_;
  std::vector<const Storage*> planned_for_;
  std::shared_ptr<MemoryPool> pool_ = std::make_shared<MemoryPool>();
};

}  // namespace caffe
