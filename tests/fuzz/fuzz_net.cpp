// Making nets: whatever a definition says, it ends in a net or an error, and a net that is small
// enough runs or says why not. Seeds are real definitions; what the driver's mutations leave
// readable has fields changed, dropped and doubled here, so that it still is a definition.
#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <random>

#include "core/error.hpp"
#include "core/log.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "support/fuzz.hpp"

#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}
#endif

namespace caffe::test {
namespace {

constexpr int64_t kMostForwardFloats = 300'000;
using Random = std::mt19937_64;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string odd_number(const std::string& given, Random& random) {
  static const char* const kOdd[] = {"0",   "-1",         "1",          "2",   "3",    "5",  "16",
                                     "255", "2147483647", "4294967295", "1e9", "-0.5", "0.1"};
  const uint64_t choice = random() % (std::size(kOdd) + 2);
  if (choice < std::size(kOdd)) return kOdd[choice];
  return given + (choice % 2 == 0 ? "0" : "1");
}

// Changes, drops, doubles or moves one line of a printed definition: `field: value`, or the begin
// or end of a message (then the text may become unreadable, which is a case of its own).
void change_line(std::vector<std::string>& lines, Random& random) {
  if (lines.empty()) return;
  const size_t place = random() % lines.size(), other = random() % lines.size();
  std::string& line = lines[place];
  const size_t colon = line.find(": ");
  switch (random() % 6) {
    case 0:
      if (colon != line.npos) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(place));
      break;
    case 1:
      if (colon != line.npos)
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), line);
      break;
    case 2:
      if (colon != line.npos && lines[other].find(": ") != line.npos) {
        line = line.substr(0, colon) + lines[other].substr(lines[other].find(": "));
      }
      break;
    default:
      if (colon == line.npos) return;
      const char first = line[colon + 2];
      if (first == '-' || (first >= '0' && first <= '9')) {
        line = line.substr(0, colon + 2) + odd_number(line.substr(colon + 2), random);
      } else if (line.substr(colon + 2) == "true" || line.substr(colon + 2) == "false") {
        line = line.substr(0, colon + 2) + (first == 't' ? "false" : "true");
      }
  }
}

// The layer with another's type, bottoms or parameters.
void mix_layers(NetParameter& net, Random& random) {
  if (net.layer.size() < 2) return;
  LayerParameter& layer = net.layer[random() % net.layer.size()];
  const LayerParameter& other = net.layer[random() % net.layer.size()];
  switch (random() % 4) {
    case 0:
      layer.type = other.type;
      break;
    case 1:
      layer.bottom = other.bottom;
      break;
    case 2:
      if (!other.top.empty()) layer.bottom.push_back(other.top[0]);
      break;
    default: {
      const auto types = layer_registry().names();
      layer.type = types[random() % types.size()];
    }
  }
}

// Weights a sixty-fourth as wide, and constants where there were databases: what is left can be
// made in no time.
void shrink(NetParameter& net) {
  const auto narrow = [](auto& param) {
    if (param.present() && param->num_output >= 64) param.mut().num_output /= 64;
  };
  for (LayerParameter& layer : net.layer) {
    narrow(layer.convolution_param);
    narrow(layer.inner_product_param);
    narrow(layer.recurrent_param);
    narrow(layer.embed_param);
    if (layer.type == "Input" || !layer.bottom.empty() ||
        layer.type.find("Data") == layer.type.npos) {
      continue;
    }
    layer.type = "DummyData";
    DummyDataParameter& dummy = layer.dummy_data_param.mut();
    dummy.shape.clear();
    for (size_t i = 0; i < layer.top.size(); ++i) {
      BlobShape shape;
      shape.dim = i == 0 ? std::vector<int64_t>{1, 3, 224, 224} : std::vector<int64_t>{1};
      dummy.shape.push_back(shape);
    }
  }
}

void run(Net& net) {
  int64_t floats = 0;
  for (const auto& blob : net.blobs()) {
    floats += std::min(blob->count(), kMostForwardFloats);
    if (floats > kMostForwardFloats) return;
  }
  net.forward();
  net.backward();
}

void make(const NetParameter& param, Phase phase) {
  NetSetup setup;
  setup.state = *param.state;
  setup.state.set_phase(phase);
  setup.seed = 1;
  setup.source = "input";
  try {
    Net net(param, setup);
    run(net);
  } catch (const Error&) {
  } catch (const std::bad_alloc&) {
  }
}

void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__)
  const rlimit limit{rlim_t{4} << 30, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &limit);
#endif
  set_log_level(static_cast<Severity>(4));
}

}  // namespace

void fuzz_one(const uint8_t* data, size_t size) {
  [[maybe_unused]] static const bool limited = (limit_memory(), true);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  NetParameter net;
  try {
    net = read_net_text(text, "input", true);
  } catch (const Error&) {
    return;
  }
  Random random(std::hash<std::string_view>()(text));
  shrink(net);
  make(net, random() % 2 == 0 ? TRAIN : TEST);
  for (int round = 0; round < 4; ++round) {
    NetParameter changed = net;
    if (random() % 3 == 0) mix_layers(changed, random);
    std::vector<std::string> lines = lines_of(print_text(changed));
    for (uint64_t i = 0, n = 1 + random() % 3; i < n; ++i) change_line(lines, random);
    try {
      changed = read_net_text(joined(lines), "input", true);
    } catch (const Error&) {
      continue;
    }
    make(changed, random() % 2 == 0 ? TRAIN : TEST);
  }
}

std::vector<std::string> fuzz_seeds() {
  return {
      "layer { name: 'd' type: 'Input' top: 'd' input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 "
      "} } } layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' convolution_param { "
      "num_output: 4 kernel_size: 3 } }"};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".prototxt"};
}

}  // namespace caffe::test
