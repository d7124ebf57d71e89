// What `caffe time` has measured, and the ways it is told besides the log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/shape.hpp"

namespace caffe::tool {

struct Timing {
  // What runs as one: a layer, or several that are fused and go by the first one's name.
  struct Row {
    std::string name, type, implementation;
    std::vector<std::string> layers;
    std::vector<Shape> bottoms, tops;
    int64_t flops = 0;                       // of a forward; a multiply-add is 2
    int64_t bytes = 0;                       // of bottoms, tops and parameters, each moved once
    double forward_ms = 0, backward_ms = 0;  // sums over the iterations
    double best_forward_ms = 0;
    // Copies to the device and back over the iterations: a layer that the device lacks computes on
    // the host.
    int64_t uploads = 0, downloads = 0;
  };
  // One run of a row, in milliseconds since the first iteration began.
  struct Span {
    size_t row;
    bool backward;
    double begin_ms, ms;
  };
  struct Iteration {
    double begin_ms = 0, forward_ms = 0, backward_ms = 0, ms = 0;
    std::vector<Span> spans;
  };

  std::string net, phase, device;
  int threads = 0;
  bool has_backward = false;
  std::vector<Row> rows;
  std::vector<Iteration> iterations;

  double forward_ms() const;  // means of an iteration
  double backward_ms() const;
  double ms() const;
  // Of a sum over all iterations.
  double mean(double sum) const { return sum / static_cast<double>(iterations.size()); }
};

// A table of 100 columns on stdout.
void print_table(const Timing& timing);
// Everything but the single runs.
std::string json_report(const Timing& timing);
// Every run, in the format of Chrome's trace viewer and Perfetto.
std::string json_trace(const Timing& timing);

}  // namespace caffe::tool
