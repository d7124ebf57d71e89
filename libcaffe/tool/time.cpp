// `caffe time`: how long each layer takes, forward and backward: as log lines, as a table, and as
// JSON for scripts and timeline viewers. In phase TEST nothing is timed but forwards.
#include <algorithm>
#include <chrono>
#include <iomanip>

#include "core/files.hpp"
#include "core/threads.hpp"
#include "tool/command.hpp"
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

// What can be said of a layer when its shapes are known.
Timing::Row row_of(const Net& net, size_t index) {
  const Layer& layer = net.layer(index);
  Timing::Row row;
  row.name = layer.name();
  row.type = layer.type();
  row.implementation = layer.implementation();
  BlobPointers bottoms, tops;
  int64_t values = 0;
  for (const size_t id : net.bottom_ids(index)) bottoms.push_back(net.blobs()[id].get());
  for (const size_t id : net.top_ids(index)) tops.push_back(net.blobs()[id].get());
  for (const Blob* blob : bottoms) row.bottoms.push_back(blob->shape()), values += blob->count();
  for (const Blob* blob : tops) row.tops.push_back(blob->shape()), values += blob->count();
  for (const auto& blob : layer.blobs()) values += blob->count();
  row.flops = layer.flops(bottoms, tops);
  row.bytes = values * static_cast<int64_t>(sizeof(float));
  return row;
}

Timing::Iteration iterate(Net& net, const Timing& timing, const Timer& clock) {
  Timing::Iteration iteration;
  iteration.begin_ms = clock.ms();
  const auto run = [&](size_t row, bool backward) {
    const double begin = clock.ms();
    backward ? net.backward_layer(row) : static_cast<void>(net.forward_layer(row));
    iteration.spans.push_back({row, backward, begin, clock.ms() - begin});
  };
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
    TOOL_LOG(std::setw(10), row.name, "\tforward: ", timing.mean(row.forward_ms), " ms.");
    TOOL_LOG(std::setw(10), row.name, "\tbackward: ", timing.mean(row.backward_ms), " ms.");
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
  const std::unique_ptr<Net> net = make_net(flags, phase);
  Timing timing;
  timing.net = net->name();
  timing.phase = phase == TRAIN ? "TRAIN" : "TEST";
  timing.threads = num_threads();
  timing.has_backward = phase == TRAIN;
  // The first pass prepares what later ones reuse, and is not counted.
  TOOL_LOG("Performing Forward");
  const float loss = net->forward();
  TOOL_LOG("Initial loss: ", loss);
  TOOL_LOG("Performing Backward");
  if (timing.has_backward) net->backward();
  for (size_t i = 0; i < net->layer_count(); ++i) timing.rows.push_back(row_of(*net, i));
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
