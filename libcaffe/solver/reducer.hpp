// What adds up the gradients of the solvers that train one net together: a transport between
// threads, processes or machines implements it.
//
// A world of solvers is data parallel: each has the net to itself and goes through its own part of
// the batches, the gradients are added up over all of them, and each makes the same update. They
// begin equal (the same files, options and seed) and stay so, as all get the same bits.
#pragma once

#include <span>

namespace caffe {

class Reducer {
 public:
  virtual ~Reducer() = default;

  virtual int world() const = 0;  // how many solvers there are
  virtual int rank() const = 0;   // which of them this is, from 0

  // These values are complete here. Until finish() they are the reducer's, who replaces them by
  // their sums over all solvers; it may do so while the net computes the next ones. The calls are
  // the same in every solver, and each span begins in memory where the last one ended, so that
  // small ones can travel together.
  virtual void ready(std::span<float> values) = 0;
  // All of this iteration's were given: returns when they hold the sums, which have the same bits
  // in every solver.
  virtual void finish() = 0;
  // This solver's training has ended with an error: the others' finish() fails instead of waiting
  // for it. The reducer is of no more use.
  virtual void abandon() noexcept = 0;
};

}  // namespace caffe
