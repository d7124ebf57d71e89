// The fillers: each checks its parameters and takes its numbers' place in the random sequence, and
// returns what writes the values. Big blobs are filled by several threads, each value from its own
// place of the random sequence, so that it is the same for any number of them.
//
// fan_in is the number of values for one output (count / first axis), fan_out that for one input
// (count / second axis, or all without one); n is what variance_norm says: FAN_IN, FAN_OUT or their
// AVERAGE.
#include "layers/base/filler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>

#include "core/divide_up.hpp"
#include "core/error.hpp"
#include "core/made_once.hpp"
#include "core/registry.hpp"
#include "core/threads.hpp"

namespace caffe {

namespace {

// Writes all values of a blob.
using Values = std::function<void(float*)>;

// Calls draw(rng) for every value, which gets a part of a sequence that `rng` begins.
template <class Draw>
Values fill_each(const Shape& shape, Rng& rng, const Draw& draw) {
  constexpr int64_t kBlock = 1 << 14;
  const uint64_t key = (uint64_t{rng()} << 32) | rng();
  return [count = shape.count(), key, draw](float* values) {
    parallel_for(divide_up(count, kBlock), 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        Rng block_rng(key, 0, static_cast<uint64_t>(block));
        const int64_t stop = std::min((block + 1) * kBlock, count);
        for (int64_t i = block * kBlock; i < stop; ++i) values[i] = draw(block_rng);
      }
    });
  };
}

int64_t outputs(const Shape& shape) {
  return shape.axes() > 0 ? shape[0] : 1;
}

double fan(const Shape& shape, const FillerParameter& param) {
  const double count = static_cast<double>(shape.count());
  const double in = count / static_cast<double>(outputs(shape));
  const double out = shape.axes() > 1 ? count / static_cast<double>(shape[1]) : count;
  if (param.variance_norm == FillerParameter::FAN_OUT) return out;
  if (param.variance_norm == FillerParameter::AVERAGE) return (in + out) / 2;
  return in;
}

Values fill_constant(const Shape& shape, const FillerParameter& param, Rng&) {
  return [count = shape.count(), value = param.value](float* values) {
    std::fill(values, values + count, value);
  };
}

Values fill_uniform(const Shape& shape, float low, float high, Rng& rng) {
  return fill_each(shape, rng, [=](Rng& draw) { return draw.uniform(low, high); });
}

// uniform: in [min, max)
Values fill_range(const Shape& shape, const FillerParameter& param, Rng& rng) {
  if (!(param.min <= param.max)) {
    fail(Status::kInvalidArgument, "a uniform filler's min must be at most its max, not ",
         param.min, " and ", param.max);
  }
  return fill_uniform(shape, param.min, param.max, rng);
}

// gaussian: mean and std; with sparse, a value stays with probability sparse / outputs, else it
// is 0
Values fill_gaussian(const Shape& shape, const FillerParameter& param, Rng& rng) {
  if (!(param.std >= 0)) {
    fail(Status::kInvalidArgument, "a gaussian filler's std must be at least 0, not ", param.std);
  }
  const float mean = param.mean, deviation = param.std;
  if (param.sparse < 0) {
    return fill_each(shape, rng, [=](Rng& draw) { return mean + deviation * draw.gaussian(); });
  }
  const float probability = static_cast<float>(param.sparse) / static_cast<float>(outputs(shape));
  if (probability > 1) {
    fail(Status::kInvalidArgument, "a gaussian filler's sparse must be at most ", outputs(shape),
         ", the number of outputs, not ", param.sparse);
  }
  return fill_each(shape, rng, [=](Rng& draw) {
    const float value = mean + deviation * draw.gaussian();
    return draw.uniform() < probability ? value : 0;
  });
}

// xavier: uniform in [-s, s), s = sqrt(3 / n); Glorot, Bengio, AISTATS 2010
Values fill_xavier(const Shape& shape, const FillerParameter& param, Rng& rng) {
  const float scale = static_cast<float>(std::sqrt(3 / fan(shape, param)));
  return fill_uniform(shape, -scale, scale, rng);
}

// msra: gaussian of standard deviation sqrt(2 / n); He et al., ICCV 2015
Values fill_msra(const Shape& shape, const FillerParameter& param, Rng& rng) {
  const float deviation = static_cast<float>(std::sqrt(2 / fan(shape, param)));
  return fill_each(shape, rng, [=](Rng& draw) { return deviation * draw.gaussian(); });
}

// positive_unitball: uniform in [0, 1), each output's values divided by their sum
Values fill_unitball(const Shape& shape, const FillerParameter&, Rng& rng) {
  const int64_t rows = outputs(shape), columns = shape.count() / rows;
  return [uniform = fill_uniform(shape, 0, 1, rng), rows, columns](float* values) {
    uniform(values);
    for (int64_t row = 0; row < rows; ++row) {
      float* first = values + row * columns;
      double sum = 0;
      for (int64_t i = 0; i < columns; ++i) sum += first[i];
      for (int64_t i = 0; i < columns && sum > 0; ++i) {
        first[i] = static_cast<float>(first[i] / sum);
      }
    }
  };
}

// bilinear: the kernel with which a Deconvolution of stride f = ceil(width / 2) enlarges f times
Values fill_bilinear(const Shape& shape, const FillerParameter&, Rng&) {
  if (shape.axes() != 4 || shape[2] != shape[3]) {
    fail(Status::kShape, "a bilinear filler needs 4 axes, the last two equal, not ", shape);
  }
  return [count = shape.count(), size = shape[3]](float* values) {
    const float factor = static_cast<float>((size + 1) / 2);
    const float centre = static_cast<float>(size - 1) / (2 * factor);
    const auto weight = [&](int64_t at) {
      return 1 - std::fabs(static_cast<float>(at) / factor - centre);
    };
    for (int64_t i = 0; i < count; ++i) values[i] = weight(i % size) * weight(i / size % size);
  };
}

using Filler = Values (*)(const Shape&, const FillerParameter&, Rng&);

const std::map<std::string, Filler>& fillers() {
  static MadeOnce<std::map<std::string, Filler>> all;
  return all.get([] {
    return std::map<std::string, Filler>{{"bilinear", fill_bilinear},
                                         // its name in ParseNet's and CCNN's files
                                         {"bilinear_upsampling", fill_bilinear},
                                         {"constant", fill_constant},
                                         {"gaussian", fill_gaussian},
                                         {"msra", fill_msra},
                                         {"positive_unitball", fill_unitball},
                                         {"uniform", fill_range},
                                         {"xavier", fill_xavier}};
  });
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
  if (blob.count() > 0) blob.data().fill_later(found->second(blob.shape(), param, rng));
}

}  // namespace caffe
