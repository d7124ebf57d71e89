// `caffe test`: runs a net in phase TEST and prints the mean of each of its outputs.
#include "tool/command.hpp"

namespace caffe::tool {

int test(const Flags& flags) {
  needed(flags, "model", "the prototxt of the net to score");
  needed(flags, "weights", "the weights to score it with");
  const int iterations = flags.number("iterations");
  if (iterations < 1) {
    fail(Status::kInvalidArgument, "-iterations must be at least 1, it is ", iterations);
  }
  choose_device(flags);
  const std::unique_ptr<Net> net = make_net(flags, TEST);
  TOOL_LOG("Running for ", iterations, " iterations.");
  std::vector<double> sums;
  std::vector<size_t> owners;  // the output each sum belongs to
  double loss = 0;
  for (int i = 0; i < iterations; ++i) {
    loss += net->forward();
    size_t number = 0;
    for (const size_t id : net->output_ids()) {
      const Blob& blob = *net->blobs()[id];
      const float* values = blob.data().read();
      for (int64_t k = 0; k < blob.count(); ++k, ++number) {
        if (number == sums.size()) {
          sums.push_back(0);
          owners.push_back(id);
        }
        sums[number] += values[k];
        TOOL_LOG("Batch ", i, ", ", net->blob_names()[id], " = ", values[k]);
      }
    }
  }
  TOOL_LOG("Loss: ", static_cast<float>(loss / iterations));
  for (size_t number = 0; number < sums.size(); ++number) {
    const double mean = sums[number] / iterations;
    TOOL_LOG(net->blob_names()[owners[number]], " = ", static_cast<float>(mean),
             share_of_loss(net->blob_loss_weight(owners[number]), mean));
  }
  return 0;
}

}  // namespace caffe::tool
