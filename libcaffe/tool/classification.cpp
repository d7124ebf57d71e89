// The original's C++ example: the classes that a net sees in an image, the likeliest five.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numeric>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "data/codecs.hpp"
#include "data/pixels.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"
#include "tool/data_tools.hpp"
#include "tool/test_net.hpp"

namespace caffe::tool {

namespace {

constexpr size_t kMost = 5;

constexpr Flag kFlags[] = {kDialectFlag};

// The mean of each channel of a mean image.
std::vector<float> read_mean(const std::string& path, int64_t channels) {
  const BlobProto mean = read_blob(path);
  const Shape shape(blob_shape(mean));
  const bool is_image = shape.axes() >= 3 && shape.count() > 0 &&
                        shape.count() == static_cast<int64_t>(mean.data.size()) &&
                        shape.count(0, shape.axes() - 3) == 1;
  if (!is_image || shape.dim(-3) != channels) {
    fail(Status::kShape, path, ": expected a mean image of ", channels,
         " channels, as the net's input has, found ", mean.data.size(), " values of shape ", shape);
  }
  const auto plane = static_cast<std::ptrdiff_t>(shape.count() / channels);
  std::vector<float> means;
  for (std::ptrdiff_t c = 0; c < channels; ++c) {
    const auto begin = mean.data.begin() + c * plane;
    means.push_back(static_cast<float>(std::accumulate(begin, begin + plane, 0.0) /
                                       static_cast<double>(plane)));
  }
  return means;
}

std::vector<std::string> read_labels(const std::string& path, int64_t classes) {
  std::istringstream lines(read_file(path));
  std::vector<std::string> labels;
  for (std::string line; std::getline(lines, line);) labels.push_back(line);
  if (static_cast<int64_t>(labels.size()) != classes) {
    fail(Status::kShape, path, ": there are ", labels.size(), " labels, the net's output has ",
         classes, " classes");
  }
  return labels;
}

int run(const Flags& flags) {
  const std::vector<std::string>& words = flags.words();
  const std::unique_ptr<Net> net = make_test_net(flags, words[0]);
  net->load_weights(words[1]);
  if (net->input_ids().size() != 1 || net->output_ids().size() != 1) {
    fail(Status::kShape, words[0], ": the net has ", net->input_ids().size(), " inputs and ",
         net->output_ids().size(), " outputs, expected one and one");
  }
  Blob& input = *net->blobs()[net->input_ids()[0]];
  if (input.shape().axes() != 4 || (input.shape()[1] != 1 && input.shape()[1] != 3)) {
    fail(Status::kShape, words[0], ": the input has the shape ", input.shape(),
         ", expected N x 1 or 3 channels x height x width");
  }
  const Shape shape{1, input.shape()[1], input.shape()[2], input.shape()[3]};
  const std::vector<float> means = read_mean(words[2], shape[1]);
  input.reshape(shape);
  net->reshape();
  const Blob& output = *net->blobs()[net->output_ids()[0]];
  const std::vector<std::string> labels = read_labels(words[3], output.count());
  std::string damage;
  Pixels image = read_image(words[4], Colors::kBgr, &damage);
  if (!damage.empty()) DATA_TOOL_LOG(kWarning, "classification.cpp", words[4], ": ", damage);
  if (shape[1] == 1) image = to_gray(image);
  image = resize(image, shape[2], shape[3]);
  float* values = input.data().write();
  for (int64_t c = 0; c < shape[1]; ++c) {
    for (int64_t i = c; i < shape.count(); i += shape[1]) {
      *values++ = image.values[static_cast<size_t>(i)] - means[static_cast<size_t>(c)];
    }
  }
  net->forward();
  const float* scores = output.data().read();
  // Not a number is less likely than any.
  const auto score = [&](size_t i) {
    return std::isnan(scores[i]) ? -std::numeric_limits<float>::infinity() : scores[i];
  };
  std::vector<size_t> order(labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const size_t most = std::min(kMost, order.size());
  std::partial_sort(
      order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
      [&](size_t a, size_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
  std::printf("---------- Prediction for %s ----------\n", words[4].c_str());
  for (size_t i = 0; i < most; ++i) {
    std::printf("%.4f - \"%s\"\n", static_cast<double>(scores[order[i]]), labels[order[i]].c_str());
  }
  return 0;
}

}  // namespace

const DataTool classification = {
    "classification",
    "Print the classes that a net sees in an image, the likeliest first.",
    "DEPLOY_PROTO CAFFEMODEL MEAN_FILE LABEL_FILE IMAGE",
    kFlags,
    5,
    5,
    run,
    false};

}  // namespace caffe::tool
