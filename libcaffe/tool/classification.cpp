// The original's C++ example: the classes that a net sees in an image, the likeliest five.
#include <cstdio>
#include <memory>
#include <numeric>

#include "core/error.hpp"
#include "core/log.hpp"
#include "data/codecs.hpp"
#include "data/mean_image.hpp"
#include "data/pixels.hpp"
#include "model/ranking.hpp"
#include "tool/data_tools.hpp"
#include "tool/net_flags.hpp"

namespace caffe::tool {

namespace {

constexpr int64_t kMost = 5;

// The mean of each channel of a mean image.
std::vector<float> read_means(const std::string& path, int64_t channels) {
  const MeanImage mean = read_mean_image(path, channels);
  const auto plane = static_cast<std::ptrdiff_t>(mean.height * mean.width);
  std::vector<float> means;
  for (std::ptrdiff_t c = 0; c < channels; ++c) {
    const auto begin = mean.values.begin() + c * plane;
    means.push_back(static_cast<float>(std::accumulate(begin, begin + plane, 0.0) /
                                       static_cast<double>(plane)));
  }
  return means;
}

std::vector<std::string> read_labels_of(const std::string& path, int64_t classes) {
  std::vector<std::string> labels = read_labels(path);
  if (static_cast<int64_t>(labels.size()) != classes) {
    fail(Status::kShape, path, ": there are ", labels.size(), " labels, the net's output has ",
         classes, " classes");
  }
  return labels;
}

int run(const Flags& flags) {
  const std::vector<std::string>& words = flags.words();
  const std::unique_ptr<Net> net = make_net(flags, TEST, words[0]);
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
  const std::vector<float> means = read_means(words[2], shape[1]);
  input.reshape(shape);
  net->reshape();
  const Blob& output = *net->blobs()[net->output_ids()[0]];
  const std::vector<std::string> labels = read_labels_of(words[3], output.count());
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
  std::printf("---------- Prediction for %s ----------\n", words[4].c_str());
  for (const int64_t index : largest(scores, output.count(), kMost)) {
    std::printf("%.4f - \"%s\"\n", static_cast<double>(scores[index]),
                labels[static_cast<size_t>(index)].c_str());
  }
  return 0;
}

}  // namespace

const DataTool classification = {
    "classification",
    "Print the classes that a net sees in an image, the likeliest first.",
    "DEPLOY_PROTO CAFFEMODEL MEAN_FILE LABEL_FILE IMAGE",
    net_flags(),
    5,
    5,
    run,
    false};

}  // namespace caffe::tool
