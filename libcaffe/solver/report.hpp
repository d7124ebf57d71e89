// What is told of a net's outputs and of a training's speed: the lines of the log that scripts
// parse, and the means that a test comes to. `caffe test` tells its own by the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/net.hpp"

namespace caffe {

// " (* 1 = 0.25 loss)" for a value of a blob that counts in the loss, "" for another.
std::string share_of_loss(const Net& net, size_t blob, double value);

// Calls use(blob, value) for each value of each output, outputs in the net's order.
template <class Use>
void for_each_output(const Net& net, const Use& use) {
  for (const size_t id : net.output_ids()) {
    const Blob& blob = *net.blobs()[id];
    const float* values = blob.data().read();
    for (int64_t i = 0; i < blob.count(); ++i) use(id, values[i]);
  }
}

// The means of a net's loss and outputs over the batches of a test, in double precision.
class OutputMeans {
 public:
  explicit OutputMeans(const Net& net) : net_(net), sums_(net.output_ids().size()) {}

  // The pass that has just been run, whose loss this was.
  void add(float loss);

  // Of one batch at least.
  double loss() const { return loss_ / static_cast<double>(batches_); }
  struct Mean {
    size_t blob;
    double value;
  };
  // One for each value of each output.
  std::vector<Mean> values() const;

 private:
  const Net& net_;
  int64_t batches_ = 0;
  double loss_ = 0;
  std::vector<std::vector<double>> sums_;  // by output
};

// The lines of an iteration that is displayed: how fast training is, its loss, how long it waits
// for its data, the training net's outputs.
class Display {
 public:
  // Iteration `iter` is the first of a call of step(): speeds are measured from here.
  void begin(int64_t iter);
  void show(const Net& net, int64_t iter, float loss);

 private:
  void show_wait(const Net& net, double seconds);

  std::chrono::steady_clock::time_point shown_at_;
  int64_t shown_iter_ = 0;
  std::optional<double> shown_wait_;  // the data layers' seconds by then
};

}  // namespace caffe
