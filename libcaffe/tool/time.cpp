// `caffe time`: how long each layer takes, forward and backward: as log lines, as a table, and as
// JSON for scripts and timeline viewers. In phase TEST nothing is timed but forwards, and layers
// that are fused are timed as one.
#include <algorithm>
#include <chrono>
#include <iomanip>

#include "core/files.hpp"
#include "core/threads.hpp"
#include "net/plan.hpp"
#include "tool/command.hpp"
#include "tool/net_flags.hpp"
#include "tool/status_line.hpp"
#include "tool/timing.hpp"

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

Phase chosen_phase(const Flags& flags) {
  const std::string phase = flags.text("phase");
  if (phase.empty() || phase == "TRAIN") return TRAIN;
  if (phase == "TEST") return TEST;
  fail(Status::kInvalidArgument, "-phase is TRAIN or TEST, not ", quoted(phase));
}

// The layers that run as one: each alone, but in phase TEST those that the net fuses together.
std::vector<std::vector<size_t>> units_of(const Net& net) {
  std::vector<std::vector<size_t>> units;
  if (net.plan() != nullptr) {
    for (const Step& step : net.plan()->steps()) units.push_back(step.layers);
  } else {
    for (size_t i = 0; i < net.layer_count(); ++i) units.push_back({i});
  }
  return units;
}

bool contains(const std::vector<size_t>& ids, size_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// What can be said of layers that run as one when their shapes are known.
Timing::Row row_of(const Net& net, const std::vector<size_t>& layers, const FusedStep* fused) {
  const Layer& first = net.layer(layers.front());
  Timing::Row row;
  row.name = first.name();
  row.type = layers.size() == 1 ? first.type() : str(first.type(), " +", layers.size() - 1);
  row.implementation = fused != nullptr ? fused->implementation() : first.implementation();
  std::vector<size_t> made;
  int64_t values = 0;
  for (const size_t index : layers) {
    const Layer& layer = net.layer(index);
    BlobPointers bottoms, tops;
    for (const size_t id : net.bottom_ids(index)) {
      bottoms.push_back(net.blobs()[id].get());
      // What is made on the way stays in the processor.
      if (!contains(made, id)) row.bottoms.push_back(bottoms.back()->shape());
    }
    for (const size_t id : net.top_ids(index)) {
      tops.push_back(net.blobs()[id].get());
      made.push_back(id);
      if (index == layers.back()) row.tops.push_back(tops.back()->shape());
    }
    for (const auto& blob : layer.blobs()) values += blob->count();
    row.flops += layer.flops(bottoms, tops);
    row.layers.push_back(layer.name());
  }
  for (const Shape& shape : row.bottoms) values += shape.count();
  for (const Shape& shape : row.tops) values += shape.count();
  row.bytes = values * static_cast<int64_t>(sizeof(float));
  return row;
}

Timing::Iteration iterate(Net& net, Timing& timing, const Timer& clock) {
  Timing::Iteration iteration;
  iteration.begin_ms = clock.ms();
  const bool steps = net.plan() != nullptr;
  const auto run = [&](size_t row, bool backward) {
    const DeviceFigures before = net.device().figures();
    const double begin = clock.ms();
    if (backward) {
      net.backward_layer(row);
    } else {
      steps ? net.forward_step(row) : net.forward_layer(row);
    }
    net.kernels().wait();
    iteration.spans.push_back({row, backward, begin, clock.ms() - begin});
    const DeviceFigures after = net.device().figures();
    timing.rows[row].uploads += after.uploads - before.uploads;
    timing.rows[row].downloads += after.downloads - before.downloads;
  };
  if (steps) net.begin_steps();
  for (size_t i = 0; i < timing.rows.size(); ++i) run(i, false);
  iteration.forward_ms = clock.ms() - iteration.begin_ms;
  if (timing.has_backward) {
    for (size_t i = timing.rows.size(); i-- > 0;) run(i, true);
    iteration.backward_ms = clock.ms() - iteration.begin_ms - iteration.forward_ms;
  }
  iteration.ms = clock.ms() - iteration.begin_ms;
  return iteration;
}

void measure(Net& net, int iterations, Timing& timing) {
  StatusLine line;
  const Timer clock;
  for (int i = 0; i < iterations; ++i) {
    if (line.due() && i > 0) {
      line.show(str("Iteration ", i, "/", iterations, "  ",
                    clock_text(clock.ms() / 1e3 / i * (iterations - i)), " left"));
    }
    timing.iterations.push_back(iterate(net, timing, clock));
    TOOL_LOG("Iteration: ", i + 1, " forward-backward time: ", timing.iterations.back().ms, " ms.");
  }
  for (const Timing::Iteration& iteration : timing.iterations) {
    for (const Timing::Span& span : iteration.spans) {
      Timing::Row& row = timing.rows[span.row];
      (span.backward ? row.backward_ms : row.forward_ms) += span.ms;
      if (span.backward) continue;
      const bool first = &iteration == &timing.iterations.front();
      row.best_forward_ms = first ? span.ms : std::min(row.best_forward_ms, span.ms);
    }
  }
}

void log_times(const Timing& timing) {
  TOOL_LOG("Average time per layer: ");
  for (const Timing::Row& row : timing.rows) {
    for (const std::string& layer : row.layers) {  // the first one stands for all
      const bool first = &layer == &row.layers.front();
      const double forward = first ? timing.mean(row.forward_ms) : 0;
      const double backward = first ? timing.mean(row.backward_ms) : 0;
      TOOL_LOG(std::setw(10), layer, "\tforward: ", forward, " ms.");
      TOOL_LOG(std::setw(10), layer, "\tbackward: ", backward, " ms.");
    }
  }
  TOOL_LOG("Average Forward pass: ", timing.forward_ms(), " ms.");
  TOOL_LOG("Average Backward pass: ", timing.backward_ms(), " ms.");
  TOOL_LOG("Average Forward-Backward: ", timing.ms(), " ms.");
  TOOL_LOG("Total Time: ", timing.ms() * static_cast<double>(timing.iterations.size()), " ms.");
}

// Does nothing when the flag is not given.
void write_if_asked(const Flags& flags, const char* flag, const std::string& text) {
  if (!flags.given(flag)) return;
  AtomicFile file(flags.text(flag));
  file.write(text);
  file.commit();
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
  const std::unique_ptr<Net> net = make_net(flags, phase, flags.text("model"));
  Timing timing;
  timing.net = net->name();
  timing.phase = phase == TRAIN ? "TRAIN" : "TEST";
  timing.device = net->device().name();
  timing.threads = num_threads();
  timing.has_backward = phase == TRAIN;
  // The first pass prepares what later ones reuse, and is not counted.
  TOOL_LOG("Performing Forward");
  const float loss = net->forward();
  TOOL_LOG("Initial loss: ", loss);
  TOOL_LOG("Performing Backward");
  if (timing.has_backward) net->backward();
  const auto units = units_of(*net);
  for (size_t i = 0; i < units.size(); ++i) {
    const Plan* plan = net->plan();
    timing.rows.push_back(
        row_of(*net, units[i], plan == nullptr ? nullptr : plan->steps()[i].fused.get()));
  }
  net->kernels().wait();
  TOOL_LOG("*** Benchmark begins ***");
  TOOL_LOG("Testing for ", iterations, " iterations.");
  measure(*net, iterations, timing);
  log_times(timing);
  TOOL_LOG("*** Benchmark ends ***");
  print_table(timing);
  write_if_asked(flags, "json", json_report(timing));
  write_if_asked(flags, "trace", json_trace(timing));
  return 0;
}

}  // namespace caffe::tool
