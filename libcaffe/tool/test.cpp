// `caffe test`: runs a net in phase TEST and prints the mean of each of its outputs.
#include "solver/report.hpp"
#include "tool/command.hpp"
#include "tool/net_flags.hpp"

namespace caffe::tool {

int test(const Flags& flags) {
  needed(flags, "model", "the prototxt of the net to score");
  needed(flags, "weights", "the weights to score it with");
  const int iterations = flags.number("iterations");
  if (iterations < 1) {
    fail(Status::kInvalidArgument, "-iterations must be at least 1, it is ", iterations);
  }
  choose_device(flags);
  const std::unique_ptr<Net> net = make_net(flags, TEST, flags.text("model"));
  TOOL_LOG("Running for ", iterations, " iterations.");
  OutputMeans means(*net);
  for (int i = 0; i < iterations; ++i) {
    means.add(net->forward());
    for_each_output(*net, [&](size_t blob, float value) {
      TOOL_LOG("Batch ", i, ", ", net->blob_names()[blob], " = ", value);
    });
  }
  TOOL_LOG("Loss: ", static_cast<float>(means.loss()));
  for (const auto& [blob, mean] : means.values()) {
    TOOL_LOG(net->blob_names()[blob], " = ", static_cast<float>(mean),
             share_of_loss(*net, blob, mean));
  }
  return 0;
}

}  // namespace caffe::tool
