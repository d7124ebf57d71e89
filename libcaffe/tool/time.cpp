// `caffe time`: how long each layer takes, forward and backward, as log lines and as a table.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iomanip>

#include "tool/command.hpp"

namespace caffe::tool {

namespace {

// Milliseconds since it was made.
class Timer {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin_ = Clock::now();
};

// Sums over all iterations.
struct Times {
  std::vector<double> forward, backward;  // by layer
  double all_forward = 0, all_backward = 0, all = 0;
};

Phase chosen_phase(const Flags& flags) {
  const std::string phase = flags.text("phase");
  if (phase.empty() || phase == "TRAIN") return TRAIN;
  if (phase == "TEST") return TEST;
  fail(Status::kInvalidArgument, "-phase is TRAIN or TEST, not ", quoted(phase));
}

Times measure(Net& net, int iterations) {
  const size_t layers = net.layer_count();
  Times times;
  times.forward.resize(layers);
  times.backward.resize(layers);
  const Timer all;
  for (int i = 0; i < iterations; ++i) {
    const Timer iteration, forward;
    for (size_t k = 0; k < layers; ++k) {
      const Timer layer;
      net.forward_layer(k);
      times.forward[k] += layer.ms();
    }
    times.all_forward += forward.ms();
    const Timer backward;
    for (size_t k = layers; k-- > 0;) {
      const Timer layer;
      net.backward_layer(k);
      times.backward[k] += layer.ms();
    }
    times.all_backward += backward.ms();
    TOOL_LOG("Iteration: ", i + 1, " forward-backward time: ", iteration.ms(), " ms.");
  }
  times.all = all.ms();
  return times;
}

void log_times(const Net& net, const Times& times, int iterations) {
  TOOL_LOG("Average time per layer: ");
  for (size_t k = 0; k < net.layer_count(); ++k) {
    const std::string& name = net.layer(k).name();
    TOOL_LOG(std::setw(10), name, "\tforward: ", times.forward[k] / iterations, " ms.");
    TOOL_LOG(std::setw(10), name, "\tbackward: ", times.backward[k] / iterations, " ms.");
  }
  TOOL_LOG("Average Forward pass: ", times.all_forward / iterations, " ms.");
  TOOL_LOG("Average Backward pass: ", times.all_backward / iterations, " ms.");
  TOOL_LOG("Average Forward-Backward: ", times.all / iterations, " ms.");
  TOOL_LOG("Total Time: ", times.all, " ms.");
}

void print_table(const Net& net, const Times& times, int iterations) {
  size_t name_width = 5, type_width = 4;
  for (size_t k = 0; k < net.layer_count(); ++k) {
    name_width = std::max(name_width, net.layer(k).name().size());
    type_width = std::max(type_width, net.layer(k).type().size());
  }
  const int names = static_cast<int>(name_width), types = static_cast<int>(type_width);
  const double total = times.all_forward + times.all_backward;
  std::printf("\n%-*s  %-*s  %10s  %11s  %6s  %s\n", names, "layer", types, "type", "forward ms",
              "backward ms", "share", "implementation");
  for (size_t k = 0; k < net.layer_count(); ++k) {
    const Layer& layer = net.layer(k);
    const double share = 100 * (times.forward[k] + times.backward[k]) / total;
    std::printf("%-*s  %-*s  %10.3f  %11.3f  %5.1f%%  %s\n", names, layer.name().c_str(), types,
                layer.type().c_str(), times.forward[k] / iterations, times.backward[k] / iterations,
                share, layer.implementation().c_str());
  }
  std::printf("%-*s  %-*s  %10.3f  %11.3f\n", names, "all", types, "",
              times.all_forward / iterations, times.all_backward / iterations);
}

}  // namespace

int time(const Flags& flags) {
  needed(flags, "model", "the prototxt of the net to time");
  const int iterations = flags.number("iterations");
  if (iterations < 1) {
    fail(Status::kInvalidArgument, "-iterations must be at least 1, it is ", iterations);
  }
  const Phase phase = chosen_phase(flags);
  choose_device(flags);
  const std::unique_ptr<Net> net = make_net(flags, phase);
  // The first pass prepares what later ones reuse, and is not counted.
  TOOL_LOG("Performing Forward");
  const float loss = net->forward();
  TOOL_LOG("Initial loss: ", loss);
  TOOL_LOG("Performing Backward");
  net->backward();
  TOOL_LOG("*** Benchmark begins ***");
  TOOL_LOG("Testing for ", iterations, " iterations.");
  const Times times = measure(*net, iterations);
  log_times(*net, times, iterations);
  TOOL_LOG("*** Benchmark ends ***");
  print_table(*net, times, iterations);
  return 0;
}

}  // namespace caffe::tool
