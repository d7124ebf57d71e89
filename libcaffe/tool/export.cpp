// `caffe export`: a net and its weights as an ONNX file.
#include <algorithm>

#include "onnx/export.hpp"
#include "tool/command.hpp"
#include "tool/net_flags.hpp"

namespace caffe::tool {

namespace {

bool ends_in(const std::string& path, const char* ending) {
  return std::string_view(path).ends_with(ending);
}

void warn_of_fillers(const Net& net) {
  for (size_t i = 0; i < net.layer_count(); ++i) {
    if (net.loaded(i)) continue;
    CAFFE_LOG(kWarning, "No weights are given for layer ", quoted(net.layer(i).name()),
              ": it is exported as its fillers leave it");
  }
}

}  // namespace

int export_onnx(const Flags& flags) {
  const std::vector<std::string>& words = flags.words();
  if (words.size() < 3) {
    fail(Status::kInvalidArgument,
         "a net's prototxt, its weights and the file to write are needed: caffe export "
         "net.prototxt net.caffemodel net.onnx");
  }
  const std::string& target = words.back();
  // So that a forgotten last word does not cost the weights.
  if (!ends_in(target, ".onnx")) {
    fail(Status::kInvalidArgument, "the file to write comes last and ends in .onnx, not ",
         quoted(target));
  }
  ExportOptions options;
  options.output = flags.list("outputs");
  options.set_dynamic_batch(flags.on("dynamic_batch"));
  const std::unique_ptr<Net> net = make_net(flags, TEST, words[1]);
  const std::vector<std::string> weights(words.begin() + 2, words.end() - 1);
  net->load_weight_files(weights);
  if (weights.empty()) warn_of_fillers(*net);
  onnx::export_net(*net, target, options);
  TOOL_LOG("Wrote ", target);
  return 0;
}

}  // namespace caffe::tool
