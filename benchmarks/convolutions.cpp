// Direct convolution beside Winograd's on the shapes of well-known nets, as they meet in a net:
// what a pass reads has just been written, the weights are not in a cache. `benchmarks/convolutions
// [part of a name] [threads] [batches, 1,16] [tile] [pass]`, a pass one of forward, bottom and
// weights (the gradients); times are medians of interleaved runs, errors those against direct
// convolution, relative to the largest value.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "core/threads.hpp"
#include "kernels/cpu/winograd/convolution.hpp"

namespace caffe {
namespace {

struct Case {
  const char* name;
  int64_t channels, extent, outputs, kernel, pad, group = 1;
};

const Case kCases[] = {
    {"vgg conv1_1", 3, 224, 64, 3, 1},         {"vgg conv1_2", 64, 224, 64, 3, 1},
    {"vgg conv2_1", 64, 112, 128, 3, 1},       {"vgg conv2_2", 128, 112, 128, 3, 1},
    {"vgg conv3_1", 128, 56, 256, 3, 1},       {"vgg conv3_2", 256, 56, 256, 3, 1},
    {"vgg conv4_1", 256, 28, 512, 3, 1},       {"vgg conv4_2", 512, 28, 512, 3, 1},
    {"vgg conv5", 512, 14, 512, 3, 1},         {"resnet 56", 64, 56, 64, 3, 1},
    {"resnet 28", 128, 28, 128, 3, 1},         {"resnet 14", 256, 14, 256, 3, 1},
    {"resnet 7", 512, 7, 512, 3, 1},           {"googlenet conv2", 64, 56, 192, 3, 1},
    {"googlenet 3a 3x3", 96, 28, 128, 3, 1},   {"googlenet 3a 5x5", 16, 28, 32, 5, 2},
    {"googlenet 3b 3x3", 128, 28, 192, 3, 1},  {"googlenet 3b 5x5", 32, 28, 96, 5, 2},
    {"googlenet 4a 3x3", 96, 14, 208, 3, 1},   {"googlenet 4a 5x5", 16, 14, 48, 5, 2},
    {"googlenet 4e 3x3", 160, 14, 320, 3, 1},  {"googlenet 4e 5x5", 32, 14, 128, 5, 2},
    {"googlenet 5b 3x3", 192, 7, 384, 3, 1},   {"googlenet 5b 5x5", 48, 7, 128, 5, 2},
    {"caffenet conv2", 96, 27, 256, 5, 2, 2},  {"caffenet conv3", 256, 13, 384, 3, 1},
    {"caffenet conv4", 384, 13, 384, 3, 1, 2}, {"caffenet conv5", 384, 13, 256, 3, 1, 2},
    {"squeezenet fire2", 16, 55, 64, 3, 1},    {"squeezenet fire4", 32, 27, 128, 3, 1},
    {"squeezenet fire6", 48, 13, 192, 3, 1},   {"squeezenet fire8", 64, 13, 256, 3, 1},
};

void randomize(Blob& blob, uint32_t state) {
  float* data = blob.data().write();
  for (int64_t i = 0; i < blob.count(); ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = static_cast<float>(state >> 8) / (1 << 24) - 0.5f;
  }
}

// With one thread that of its processor, to which what else runs matters less.
double microseconds() {
  timespec time;
  clock_gettime(num_threads() == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Candidate {
  std::string name;
  std::unique_ptr<Convolution> convolution;
  std::vector<double> times = {};
  double error = 0;

  double median() {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }
};

// Reads more than a cache holds.
float evict() {
  static std::vector<float> values(16 << 20, 1.0f);
  float sum = 0;
  for (size_t i = 0; i < values.size(); i += 16) sum += values[i];
  return sum;
}

enum class Pass { kForward, kBottom, kWeights };

void run(const Case& c, int64_t batch, const char* wanted_tile, Pass pass) {
  const int64_t extent = c.extent + 2 * c.pad - c.kernel + 1;
  ConvolutionSpec spec;
  spec.bottom = {batch, c.channels, c.extent, c.extent};
  spec.top = {batch, c.outputs, extent, extent};
  spec.weights = {c.outputs, c.channels / c.group, c.kernel, c.kernel};
  spec.kernel = {c.kernel, c.kernel}, spec.stride = {1, 1}, spec.pad = {c.pad, c.pad};
  spec.dilation = {1, 1}, spec.group = c.group, spec.bias = true;
  spec.method = ConvolutionMethod::kDirect;
  spec.training = pass != Pass::kForward;

  Blob x(spec.bottom), w(spec.weights), b(Shape{c.outputs}), y(spec.top), dw(spec.weights);
  randomize(x, 1), randomize(w, 2), randomize(b, 3), randomize(y, 4);
  Blob& from = pass == Pass::kBottom ? y : x;
  Blob& to = pass == Pass::kForward ? y : pass == Pass::kBottom ? x : dw;
  const Place place = pass == Pass::kWeights ? Place::kHost : Place::kHostNhwc;
  std::vector<Candidate> candidates;
  candidates.push_back({"direct", cpu_kernels().convolution(spec)});
  const std::pair<const char*, WinogradTile> tiles[] = {{"2x2", WinogradTile::kF2x2},
                                                        {"4x4", WinogradTile::kF4x4},
                                                        {"5x5", WinogradTile::kF5x5},
                                                        {"6x6", WinogradTile::kF6x6}};
  for (const auto& [name, tile] : tiles) {
    if (std::strstr(name, wanted_tile) == nullptr || !winograd_suits(spec, tile)) continue;
    candidates.push_back({name, winograd_convolution(spec, tile)});
  }

  std::vector<float> direct;
  const auto compute = [&](Candidate& candidate) {
    if (pass == Pass::kForward) {
      candidate.convolution->forward(x.data(), w.data(), b.data(), y.data());
    } else if (pass == Pass::kBottom) {
      candidate.convolution->backward_data(y.data(), w.data(), x.data());
    } else {
      dw.data().clear();
      candidate.convolution->backward_weights(x.data(), y.data(), dw.data(), std::nullopt);
    }
  };
  for (Candidate& candidate : candidates) {
    compute(candidate);
    const float* values = to.data().read(place);
    if (direct.empty()) direct.assign(values, values + to.count());
    double largest = 0, error = 0;
    for (size_t i = 0; i < direct.size(); ++i) {
      largest = std::max(largest, std::fabs(static_cast<double>(direct[i])));
      error = std::max(error, std::fabs(static_cast<double>(direct[i]) - values[i]));
    }
    candidate.error = error / largest;
  }
  double spent = 0, unused = 0;
  for (int round = 0; round < 15 && (round < 3 || spent < 1.5e6); ++round) {
    for (Candidate& candidate : candidates) {
      unused += evict();
      float* read = from.data().update(Place::kHostNhwc);
      for (int64_t i = 0; i < from.count(); i += 16) read[i] += 0.0f;
      const double start = microseconds();
      compute(candidate);
      const double time = microseconds() - start;
      candidate.times.push_back(time);
      spent += time;
    }
  }
  const double operations = 2.0 * static_cast<double>(y.count() * spec.weights.count(1));
  const double base = candidates[0].median();
  std::printf("%-18s %3lld %8.0f us %6.0f GFLOP/s", c.name, static_cast<long long>(batch), base,
              operations / base / 1e3);
  for (size_t i = 1; i < candidates.size(); ++i) {
    std::printf(" |%s %8.0f us %5.2f (%.0e)", candidates[i].name.c_str(), candidates[i].median(),
                base / candidates[i].median(), candidates[i].error);
  }
  std::printf("%s\n", unused < 0 ? " " : "");
  std::fflush(stdout);
}

}  // namespace
}  // namespace caffe

int main(int argc, char** argv) {
  using namespace caffe;
  const char* wanted = argc > 1 ? argv[1] : "";
  if (argc > 2) set_num_threads(std::atoi(argv[2]));
  const char* batches = argc > 3 ? argv[3] : "1,16";
  const char* tile = argc > 4 ? argv[4] : "";
  const std::string name = argc > 5 ? argv[5] : "forward";
  const Pass pass = name == "bottom"    ? Pass::kBottom
                    : name == "weights" ? Pass::kWeights
                                        : Pass::kForward;
  for (const char* at = batches; at != nullptr; at = std::strchr(at, ',')) {
    if (*at == ',') ++at;
    for (const Case& c : kCases) {
      if (std::strstr(c.name, wanted) != nullptr) run(c, std::atoll(at), tile, pass);
    }
  }
  return 0;
}
