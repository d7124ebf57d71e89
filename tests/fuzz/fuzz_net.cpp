// Making nets: whatever a definition says, it ends in a net or an error, and a net that is small
// enough runs, is reshaped and runs again, or says why not, whatever values it is given. Seeds are
// real definitions, most of whose changes leave them readable: fields changed, dropped and doubled.
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>
#include <random>

#include "core/error.hpp"
#include "core/log.hpp"
#include "layers/base/registry.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "support/fuzz.hpp"

#if defined(__SANITIZE_ADDRESS__)
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024:alloc_dealloc_mismatch=0";
}

// The sanitizer's own operator ends the process where another throws. Not inline: the compiler
// would see a free() of what new gave.
__attribute__((noinline)) void* operator new(size_t bytes) {
  if (void* memory = std::malloc(std::max<size_t>(bytes, 1))) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  std::free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
#endif

namespace caffe::test {
namespace {

constexpr int64_t kMostForwardFloats = 200'000;
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
  switch (random() % 5) {
    case 0:
      layer.type = other.type;
      break;
    case 1:
      layer.bottom = other.bottom;
      break;
    case 2:
      if (!other.top.empty()) layer.bottom.push_back(other.top[0]);
      break;
    case 3:
      if (!layer.bottom.empty() && !layer.top.empty()) layer.top[0] = layer.bottom[0];
      break;
    default: {
      const auto types = layer_registry().names();
      layer.type = types[random() % types.size()];
    }
  }
}

// Weights a sixty-fourth as wide, inputs where there were files, and now and then smaller images:
// what is left can be made and run in no time.
void shrink(NetParameter& net, Random& random) {
  const bool smaller = random() % 2 == 0;
  const auto narrow = [](auto& param) {
    if (param.present() && param->num_output >= 64) param.mut().num_output /= 64;
  };
  const auto few = [](auto& rounds) { rounds = rounds > 20 ? 20 : rounds; };
  for (LayerParameter& layer : net.layer) {
    narrow(layer.convolution_param);
    narrow(layer.inner_product_param);
    narrow(layer.recurrent_param);
    narrow(layer.embed_param);
    // Rounds that a text asks for are done, however many they are.
    if (layer.dense_crf_param.present()) few(layer.dense_crf_param.mut().max_iter);
    if (layer.multi_stage_meanfield_param.present()) {
      few(layer.multi_stage_meanfield_param.mut().num_iterations);
    }
    if (layer.bottom.empty() && layer.type != "DummyData" &&
        layer.type.find("Data") != layer.type.npos && random() % 8 != 0) {
      layer.type = "Input";
      InputParameter& input = layer.input_param.mut();
      input.shape.clear();
      for (size_t i = 0; i < layer.top.size(); ++i) {
        BlobShape shape;
        shape.dim = i == 0 ? std::vector<int64_t>{2, 3, 224, 224} : std::vector<int64_t>{2};
        input.shape.push_back(shape);
      }
    }
    if (smaller && layer.type == "Input" && layer.input_param.present()) {
      for (BlobShape& shape : layer.input_param.mut().shape) {
        for (int64_t& dim : shape.dim) dim = dim > 32 ? 16 + dim / 8 : dim;
      }
    }
  }
}

// What goes wrong before a net comes out of such values.
float odd_value(uint64_t number) {
  static constexpr float kMost = std::numeric_limits<float>::max();
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static constexpr float kOdd[] = {std::numeric_limits<float>::quiet_NaN(),
                                   kInfinity,
                                   -kInfinity,
                                   kMost,
                                   -kMost,
                                   2147483648.0f,
                                   -2147483904.0f,
                                   1e10f,
                                   1.8e19f,
                                   -1,
                                   -0.0f,
                                   0.5f,
                                   255,
                                   1e-42f,
                                   16777216};
  return kOdd[number % std::size(kOdd)];
}

// Rows of boxes as detection nets have them: 8 values of ground truth, 7 of a detection, 5 of a
// region, by the size of a row; 4 of priors and their variances.
void fill_boxes(int64_t width, int64_t count, float* values, Random& random) {
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = i % width, corners = width == 4 ? 0 : width == 5 ? 1 : 3;
    const float fraction = static_cast<float>(random() % 256) / 256;
    if (place >= corners && place < corners + 4) {
      values[i] = fraction / 2 + (place - corners < 2 ? 0 : 0.5f);
      if (width == 5) values[i] *= 8;
    } else {
      values[i] = width == 7 && place == 2  ? fraction
                  : width > 5 && place == 1 ? static_cast<float>(1 + random() % 2)
                                            : static_cast<float>(random() % 2);
    }
  }
}

enum class Kind { kClasses, kLabels, kFractions, kBoth, kZeros };

// Values as images, labels and boxes have them, one in `odd` (0: none) an odd one.
void fill(Tensor tensor, Kind kind, uint64_t odd, Random& random) {
  const Shape& shape = tensor.shape();
  const int64_t last =
      shape.axes() < 2 ? 0 : shape.dim(shape.axes() == 4 && shape[3] == 1 ? 1 : -1);
  float* values = tensor.write();
  if (((last >= 7 && last <= 8) || last == 5) && random() % 4 != 0) {
    fill_boxes(last, shape.count(), values, random);
  } else if (shape.axes() == 3 && shape[1] == 2 && random() % 4 != 0) {
    fill_boxes(4, shape.count(), values, random);
  } else {
    for (int64_t i = 0; i < shape.count(); ++i) {
      const uint64_t number = random();
      const float fraction = static_cast<float>(number % 4096) / 4096;
      values[i] = kind == Kind::kClasses     ? static_cast<float>(number % 2)
                  : kind == Kind::kLabels    ? static_cast<float>(number % 24) - 2
                  : kind == Kind::kFractions ? fraction
                  : kind == Kind::kBoth      ? 6 * fraction - 3
                                             : 0;
    }
  }
  for (int64_t i = 0; odd > 0 && i < shape.count(); ++i) {
    if (random() % odd == 0) values[i] = odd_value(random());
  }
}

void fill(Net& net, Random& random) {
  const uint64_t all = random() % 5, odd = random() % 2 == 0 ? 0 : uint64_t{4} << random() % 8;
  for (const size_t id : net.input_ids()) {
    const auto kind = static_cast<Kind>(random() % 4 == 0 ? random() % 5 : all);
    fill(net.blobs()[id]->data(), kind, odd, random);
  }
}

// One extent more, less or another.
void change_shape(Blob& blob, Random& random) {
  static constexpr int64_t kExtents[] = {0, 1, 2, 3, 4, 5, 8, 21};
  std::vector<int64_t> dims = blob.shape().dims();
  const int64_t extent = kExtents[random() % std::size(kExtents)];
  const uint64_t kind = random() % 16;
  if (kind == 0 || dims.empty()) {
    dims.push_back(extent);
  } else if (kind == 1) {
    dims.pop_back();
  } else {
    dims[random() % dims.size()] = extent;
  }
  blob.reshape(Shape(dims));
}

bool small(const Net& net) {
  // The plain loops take their time.
  const int64_t most = kMostForwardFloats / (&net.kernels() == &reference_kernels() ? 10 : 1);
  int64_t floats = 0;
  for (const auto& blob : net.blobs()) {
    floats += std::min(blob->count(), most);
    if (floats > most) return false;
  }
  return true;
}

// Any order of the calls is a fine one, and a net can be used after an error.
void call(Net& net, Random& random) {
  switch (random() % 8) {
    case 0:
    case 1:
      return net.reshape();
    case 2:
      return net.backward();
    default:
      net.forward();
      net.backward();
  }
}

void run(Net& net, Random& random) {
  if (net.blobs().empty() || !small(net)) return;
  if (random() % 8 == 0) {
    for (const Net::Learnable& one : net.learnable()) {
      fill(one.blob->data(), Kind::kBoth, 32, random);
    }
  }
  std::vector<Shape> shapes;
  for (const size_t id : net.input_ids()) shapes.push_back(net.blobs()[id]->shape());
  for (int i = 0; i < 6 && small(net); ++i) {
    for (size_t input = 0; i % 2 == 0 && input < shapes.size(); ++input) {
      net.blobs()[net.input_ids()[input]]->reshape(shapes[input]);
    }
    if (i % 2 == 1 && random() % 4 != 0) {
      const bool any = shapes.empty() || random() % 4 == 0;
      change_shape(*net.blobs()[any ? random() % net.blobs().size()
                                    : net.input_ids()[random() % shapes.size()]],
                   random);
    }
    if (!small(net)) return;
    fill(net, random);
    try {
      call(net, random);
    } catch (const Error&) {
    }
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
  Random random(std::hash<std::string_view>()(text));
  NetParameter param = read_net_text(text, "input", true);
  shrink(param, random);
  NetSetup setup;
  setup.state = *param.state;
  setup.state.set_phase(random() % 2 == 0 ? TRAIN : TEST);
  setup.options.set_backend(random() % 4 == 0 ? "reference" : "cpu");
  setup.options.set_seed(1);
  setup.options.force_backward = random() % 2 == 0;
  if (random() % 2 == 0) setup.options.dialect = dialects()[random() % dialects().size()];
  setup.source = "input";
  try {
    Net net(param, setup);
    run(net, random);
  } catch (const std::bad_alloc&) {
  }
}

// Types of which no definition lies in the shared data, or none that is small.
std::vector<std::string> fuzz_seeds() {
  const auto input = [](const std::string& name, const std::string& dims) {
    return "layer { name: '" + name + "' type: 'Input' top: '" + name + "' input_param { shape { " +
           dims + " } } } ";
  };
  const std::string images = input("d", "dim: 2 dim: 3 dim: 8 dim: 8");
  const std::string others = input("e", "dim: 2 dim: 3 dim: 8 dim: 8");
  const std::string labels = input("l", "dim: 2 dim: 1 dim: 8 dim: 8");
  return {
      images +
          "layer { name: 'c' type: 'Convolution' bottom: 'd' top: 'c' convolution_param { "
          "num_output: 4 kernel_size: 3 } }",
      images + others +
          "layer { name: 's' type: 'SmoothL1LossOHEM' bottom: 'd' bottom: 'e' top: "
          "'loss' top: 'each' loss_weight: 1 loss_weight: 0 }",
      images + labels +
          "layer { name: 's' type: 'SoftmaxWithLossOHEM' bottom: 'd' bottom: 'l' "
          "top: 'loss' top: 'p' top: 'each' }",
      labels +
          "layer { name: 'p' type: 'ParseEvaluate' bottom: 'l' bottom: 'l' top: 'counts' "
          "parse_evaluate_param { num_labels: 24 ignore_label: 22 } }",
      "layer { name: 'm' type: 'MemoryData' top: 'd' top: 'l' memory_data_param { batch_size: 2 "
      "channels: 3 height: 4 width: 5 } }",
      input("found", "dim: 1 dim: 1 dim: 6 dim: 7") +
          input("truth", "dim: 1 dim: 1 dim: 4 dim: 8") +
          "layer { name: 'e' type: 'DetectionEvaluate' bottom: 'found' bottom: 'truth' top: 'rows' "
          "detection_evaluate_param { num_classes: 3 background_label_id: 2 } }"};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".prototxt"};
}

bool fuzz_change(std::string& input, Random& random) {
  if (random() % 8 == 0) return false;
  NetParameter net;
  try {
    net = read_net_text(input, "input", true);
  } catch (const Error&) {
    return false;
  }
  if (random() % 3 == 0) mix_layers(net, random);
  std::vector<std::string> lines = lines_of(print_text(net));
  for (uint64_t n = random() % 4; n > 0; --n) change_line(lines, random);
  input = joined(lines);
  return true;
}

}  // namespace caffe::test
