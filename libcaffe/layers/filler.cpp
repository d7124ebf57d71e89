// The fillers. Big blobs are filled by several threads, each value from its own place of the random
// sequence, so that it is the same for any number of them.
//
// fan_in is the number of values for one output (count / first axis), fan_out that for one input
// (count / second axis, or all without one); n is what variance_norm says: FAN_IN, FAN_OUT or their
// AVERAGE.
#include "layers/filler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "core/error.hpp"
#include "core/registry.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// Calls draw(rng) for every value, which gets a part of a sequence that `rng` begins.
template <class Draw>
void fill_each(Blob& blob, Rng& rng, const Draw& draw) {
  constexpr int64_t kBlock = 1 << 14;
  const uint64_t key = (uint64_t{rng()} << 32) | rng();
  const int64_t count = blob.count();
  float* values = blob.data().write();
  parallel_for((count + kBlock - 1) / kBlock, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      Rng block_rng(key, 0, static_cast<uint64_t>(block));
      const int64_t stop = std::min((block + 1) * kBlock, count);
      for (int64_t i = block * kBlock; i < stop; ++i) values[i] = draw(block_rng);
    }
  });
}

int64_t outputs(const Blob& blob) {
  return blob.axes() > 0 ? blob.dim(0) : 1;
}

double fan(const Blob& blob, const FillerParameter& param) {
  const double count = static_cast<double>(blob.count());
  const double in = count / static_cast<double>(outputs(blob));
  const double out = blob.axes() > 1 ? count / static_cast<double>(blob.dim(1)) : count;
  if (param.variance_norm == FillerParameter::FAN_OUT) return out;
  if (param.variance_norm == FillerParameter::AVERAGE) return (in + out) / 2;
  return in;
}

void fill_constant(Blob& blob, const FillerParameter& param, Rng&) {
  float* values = blob.data().write();
  std::fill(values, values + blob.count(), param.value);
}

void fill_uniform(Blob& blob, float low, float high, Rng& rng) {
  fill_each(blob, rng, [=](Rng& draw) { return draw.uniform(low, high); });
}

// uniform: in [min, max)
void fill_range(Blob& blob, const FillerParameter& param, Rng& rng) {
  if (!(param.min <= param.max)) {
    fail(Status::kInvalidArgument, "a uniform filler's min must be at most its max, not ",
         param.min, " and ", param.max);
  }
  fill_uniform(blob, param.min, param.max, rng);
}

// gaussian: mean and std; with sparse, a value stays with probability sparse / outputs, else it
// is 0
void fill_gaussian(Blob& blob, const FillerParameter& param, Rng& rng) {
  if (!(param.std >= 0)) {
    fail(Status::kInvalidArgument, "a gaussian filler's std must be at least 0, not ", param.std);
  }
  const float mean = param.mean, deviation = param.std;
  if (param.sparse < 0) {
    return fill_each(blob, rng, [=](Rng& draw) { return mean + deviation * draw.gaussian(); });
  }
  const float probability = static_cast<float>(param.sparse) / static_cast<float>(outputs(blob));
  if (probability > 1) {
    fail(Status::kInvalidArgument, "a gaussian filler's sparse must be at most ", outputs(blob),
         ", the number of outputs, not ", param.sparse);
  }
  fill_each(blob, rng, [=](Rng& draw) {
    const float value = mean + deviation * draw.gaussian();
    return draw.uniform() < probability ? value : 0;
  });
}

// xavier: uniform in [-s, s), s = sqrt(3 / n); Glorot, Bengio, AISTATS 2010
void fill_xavier(Blob& blob, const FillerParameter& param, Rng& rng) {
  const float scale = static_cast<float>(std::sqrt(3 / fan(blob, param)));
  fill_uniform(blob, -scale, scale, rng);
}

// msra: gaussian of standard deviation sqrt(2 / n); He et al., ICCV 2015
void fill_msra(Blob& blob, const FillerParameter& param, Rng& rng) {
  const float deviation = static_cast<float>(std::sqrt(2 / fan(blob, param)));
  fill_each(blob, rng, [=](Rng& draw) { return deviation * draw.gaussian(); });
}

// positive_unitball: uniform in [0, 1), each output's values divided by their sum
void fill_unitball(Blob& blob, const FillerParameter&, Rng& rng) {
  fill_uniform(blob, 0, 1, rng);
  float* values = blob.data().update();
  const int64_t rows = outputs(blob), columns = blob.count() / rows;
  for (int64_t row = 0; row < rows; ++row) {
    float* first = values + row * columns;
    double sum = 0;
    for (int64_t i = 0; i < columns; ++i) sum += first[i];
    for (int64_t i = 0; i < columns && sum > 0; ++i) first[i] = static_cast<float>(first[i] / sum);
  }
}

// bilinear: the kernel with which a Deconvolution of stride f = ceil(width / 2) enlarges f times
void fill_bilinear(Blob& blob, const FillerParameter&, Rng&) {
  if (blob.axes() != 4 || blob.dim(2) != blob.dim(3)) {
    fail(Status::kShape, "a bilinear filler needs 4 axes, the last two equal, not ", blob.shape());
  }
  const int64_t size = blob.dim(3);
  const float factor = static_cast<float>((size + 1) / 2);
  const float centre = static_cast<float>(size - 1) / (2 * factor);
  float* values = blob.data().write();
  const auto weight = [&](int64_t at) {
    return 1 - std::fabs(static_cast<float>(at) / factor - centre);
  };
  for (int64_t i = 0; i < blob.count(); ++i) {
    values[i] = weight(i % size) * weight(i / size % size);
  }
}

using Filler = void (*)(Blob&, const FillerParameter&, Rng&);

const std::map<std::string, Filler>& fillers() {
  static const std::map<std::string, Filler> all = {{"bilinear", fill_bilinear},
                                                    // its name in ParseNet's and CCNN's files
                                                    {"bilinear_upsampling", fill_bilinear},
                                                    {"constant", fill_constant},
                                                    {"gaussian", fill_gaussian},
                                                    {"msra", fill_msra},
                                                    {"positive_unitball", fill_unitball},
                                                    {"uniform", fill_range},
                                                    {"xavier", fill_xavier}};
  return all;
}

}  // namespace

void fill(Blob& blob, const FillerParameter& param, Rng& rng) {
  const auto found = fillers().find(param.type);
  if (found == fillers().end()) {
    std::vector<std::string> names;
    for (const auto& entry : fillers()) names.push_back(entry.first);
    fail_unknown("filler type", param.type, names);
  }
  if (param.sparse != -1 && (found->second != fill_gaussian || param.sparse < 0)) {
    fail(Status::kInvalidArgument, "a filler of type ", quoted(param.type),
         " takes no sparse: ", param.sparse);
  }
  if (blob.count() > 0) found->second(blob, param, rng);
}

}  // namespace caffe
