#include "tool/timing.hpp"

#include <algorithm>
#include <cstdio>

#include "core/error.hpp"
#include "tool/json.hpp"

namespace caffe::tool {

namespace {

double mean_of(const std::vector<Timing::Iteration>& iterations, double Timing::Iteration::* part) {
  double sum = 0;
  for (const Timing::Iteration& each : iterations) sum += each.*part;
  return sum / static_cast<double>(iterations.size());
}

// Thousand millions a second, of a count that took so many milliseconds.
double giga_per_second(int64_t count, double ms) {
  return ms > 0 ? static_cast<double>(count) / ms * 1e-6 : 0;
}

// The same as text; nothing for what takes no time worth the name, as it only hands values on.
std::string speed(int64_t count, double ms) {
  constexpr double kNothing = 0.01;
  if (ms < kNothing || count == 0) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", giga_per_second(count, ms));
  return text;
}

std::string cut(const std::string& text, size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "~";
}

// "64 x 3 x 9 x 9, ..."
std::string shapes_text(const std::vector<Shape>& shapes) {
  std::vector<std::string> texts;
  for (const Shape& shape : shapes) texts.push_back(str(shape));
  return joined(texts);
}

std::string json_shapes(const std::vector<Shape>& shapes) {
  std::vector<std::string> lists;
  for (const Shape& shape : shapes) {
    std::vector<std::string> dims;
    for (const int64_t dim : shape.dims()) dims.push_back(json(dim));
    lists.push_back(json_list(dims));
  }
  return json_list(lists);
}

}  // namespace

double Timing::forward_ms() const {
  return mean_of(iterations, &Iteration::forward_ms);
}

double Timing::backward_ms() const {
  return mean_of(iterations, &Iteration::backward_ms);
}

double Timing::ms() const {
  return mean_of(iterations, &Iteration::ms);
}

namespace {

// The implementation, and how often values went to the device and back each time.
std::string told(const Timing& timing, const Timing::Row& row) {
  std::string text = row.implementation;
  const auto add = [&](int64_t copies, const char* where) {
    if (copies == 0) return;
    const double each = timing.mean(static_cast<double>(copies));
    text += str(text.empty() ? "" : ", ", each, " ", where);
  };
  add(row.uploads, "up");
  add(row.downloads, "down");
  return text;
}

}  // namespace

void print_table(const Timing& timing) {
  constexpr size_t kWidestName = 24, kWidestType = 16, kColumns = 100;
  size_t name_width = 5, type_width = 4;
  for (const Timing::Row& row : timing.rows) {
    name_width = std::max(name_width, std::min(kWidestName, row.name.size()));
    type_width = std::max(type_width, std::min(kWidestType, row.type.size()));
  }
  const int names = static_cast<int>(name_width), types = static_cast<int>(type_width);
  // What all the columns before the last one take.
  const size_t left = kColumns - name_width - type_width - (timing.has_backward ? 49 : 39);
  double total = 0;
  int64_t flops = 0, bytes = 0;
  for (const Timing::Row& row : timing.rows) {
    total += row.forward_ms + row.backward_ms;
    flops += row.flops;
    bytes += row.bytes;
  }
  const auto print_line = [&](const Timing::Row& row, double forward, double backward,
                              double share) {
    std::printf("%-*s  %-*s  %8.3f", names, cut(row.name, kWidestName).c_str(), types,
                cut(row.type, kWidestType).c_str(), forward);
    if (timing.has_backward) std::printf("  %8.3f", backward);
    std::printf("  %5.1f%%  %7s  %6s  %s\n", share, speed(row.flops, forward).c_str(),
                speed(row.bytes, forward).c_str(), cut(told(timing, row), left).c_str());
  };
  std::printf("\nMilliseconds, means of %zu iteration%s on %d thread%s; GFLOP/s and GB/s forward\n",
              timing.iterations.size(), timing.iterations.size() == 1 ? "" : "s", timing.threads,
              timing.threads == 1 ? "" : "s");
  std::printf("%-*s  %-*s  %8s%s  %6s  %7s  %6s  %s\n", names, "layer", types, "type", "forward",
              timing.has_backward ? "  backward" : "", "share", "GFLOP/s", "GB/s",
              "implementation");
  for (const Timing::Row& row : timing.rows) {
    print_line(row, timing.mean(row.forward_ms), timing.mean(row.backward_ms),
               total > 0 ? 100 * (row.forward_ms + row.backward_ms) / total : 0);
  }
  Timing::Row all;
  all.name = "all";
  all.flops = flops;
  all.bytes = bytes;
  print_line(all, timing.forward_ms(), timing.backward_ms(), 100);
}

std::string json_report(const Timing& timing) {
  std::vector<std::string> rows;
  for (const Timing::Row& row : timing.rows) {
    const double forward = timing.mean(row.forward_ms);
    std::vector<std::string> layers;
    for (const std::string& layer : row.layers) layers.push_back(json(layer));
    rows.push_back(str(
        "\n    ", json_object({{"name", json(row.name)},
                               {"type", json(row.type)},
                               {"layers", json_list(layers)},
                               {"implementation", json(row.implementation)},
                               {"uploads", json(timing.mean(static_cast<double>(row.uploads)))},
                               {"downloads", json(timing.mean(static_cast<double>(row.downloads)))},
                               {"bottoms", json_shapes(row.bottoms)},
                               {"tops", json_shapes(row.tops)},
                               {"forward_ms", json(forward)},
                               {"best_forward_ms", json(row.best_forward_ms)},
                               {"backward_ms", json(timing.mean(row.backward_ms))},
                               {"flops", json(row.flops)},
                               {"bytes", json(row.bytes)},
                               {"gflop_per_s", json(giga_per_second(row.flops, forward))},
                               {"gb_per_s", json(giga_per_second(row.bytes, forward))}})));
  }
  return json_object({{"net", json(timing.net)},
                      {"phase", json(timing.phase)},
                      {"device", json(timing.device)},
                      {"threads", json(int64_t{timing.threads})},
                      {"iterations", json(static_cast<int64_t>(timing.iterations.size()))},
                      {"forward_ms", json(timing.forward_ms())},
                      {"backward_ms", json(timing.backward_ms())},
                      {"ms", json(timing.ms())},
                      {"layers", json_list(rows)}}) +
         "\n";
}

std::string json_trace(const Timing& timing) {
  std::vector<std::string> events;
  // Everything on the one thread that runs the net: what encloses what is seen by the times.
  const auto add = [&](const std::string& name, const char* category, double begin_ms, double ms,
                       const std::string& arguments) {
    events.push_back(str("\n", json_object({{"name", json(name)},
                                            {"cat", json(std::string(category))},
                                            {"ph", json(std::string("X"))},
                                            {"ts", json(begin_ms * 1e3)},
                                            {"dur", json(ms * 1e3)},
                                            {"pid", "1"},
                                            {"tid", "1"},
                                            {"args", arguments}})));
  };
  const auto name_it = [&](const char* what, const std::string& name) {
    events.push_back(str("\n", json_object({{"name", json(std::string(what))},
                                            {"ph", json(std::string("M"))},
                                            {"pid", "1"},
                                            {"tid", "1"},
                                            {"args", json_object({{"name", json(name)}})}})));
  };
  name_it("process_name", timing.net.empty() ? "net" : timing.net);
  name_it("thread_name", str("phase ", timing.phase, ", ", timing.threads, " thread(s)"));
  for (size_t i = 0; i < timing.iterations.size(); ++i) {
    const Timing::Iteration& iteration = timing.iterations[i];
    add(str("iteration ", i + 1), "iteration", iteration.begin_ms, iteration.ms, "{}");
    for (const Timing::Span& span : iteration.spans) {
      const Timing::Row& row = timing.rows[span.row];
      if (span.backward) {
        add(row.name, "backward", span.begin_ms, span.ms, json_object({{"type", json(row.type)}}));
        continue;
      }
      add(row.name, "forward", span.begin_ms, span.ms,
          json_object({{"type", json(row.type)},
                       {"layers", json(joined(row.layers))},
                       {"bottoms", json(shapes_text(row.bottoms))},
                       {"tops", json(shapes_text(row.tops))},
                       {"implementation", json(row.implementation)},
                       {"GFLOP/s", json(giga_per_second(row.flops, span.ms))},
                       {"GB/s", json(giga_per_second(row.bytes, span.ms))}}));
    }
  }
  return json_object(
             {{"displayTimeUnit", json(std::string("ms"))}, {"traceEvents", json_list(events)}}) +
         "\n";
}

}  // namespace caffe::tool
