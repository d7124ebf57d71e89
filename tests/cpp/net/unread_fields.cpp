// Fields that nobody reads, in a whole net: one warning for all layers, errors with the layer's
// place.
#include "schema/unread_fields.hpp"

#include "core/log.hpp"
#include "net/net.hpp"
#include "schema/files.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

const char* const kInput =
    "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 2 } } }\n";

std::string relu(const std::string& more) {
  return "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'x' " + more + " }\n";
}

// The warnings of making a net.
std::vector<std::string> warnings(const std::string& text, bool lenient = false) {
  std::vector<std::string> found;
  set_log_sink(
      [](int severity, const char* line, void* user) {
        if (severity == static_cast<int>(Severity::kWarning)) {
          static_cast<std::vector<std::string>*>(user)->emplace_back(line);
        }
      },
      &found);
  NetSetup setup;
  setup.state.set_phase(TEST);
  setup.source = "n.prototxt";
  setup.options.lenient = lenient;
  try {
    const Net net(read_net_text(text, "n.prototxt"), setup);
  } catch (...) {
    set_log_sink(nullptr, nullptr);
    throw;
  }
  set_log_sink(nullptr, nullptr);
  return found;
}

TEST(a_net_warns_once_of_all_that_decides_nothing) {
  const std::string engine = "relu_param { engine: MKLDNN }";
  const auto found = warnings("engine: 'MKLDNN' default_forward_type: FLOAT16\n" +
                              std::string(kInput) + relu(engine) + relu(engine + " debug: true"));
  CHECK_EQ(found.size(), size_t{1});
  CHECK(found[0].ends_with(
      "n.prototxt: fields that decide nothing here are ignored: debug, default_forward_type, "
      "engine, relu_param.engine (2 times)"));
  CHECK(warnings(kInput + relu("relu_param { engine: CAFFE }")).empty());
}

TEST(a_field_that_matters_is_refused_where_it_stands) {
  const std::string smooth = kInput + relu("loss_param { label_smoothing: 0.1 }");
  CHECK_FAILS(Status::kUnsupported,
              "n.prototxt:2: layer \"r\" (ReLU): loss_param.label_smoothing is not supported; the "
              "option lenient drops it, and then ",
              warnings(smooth));
  CHECK_EQ(warnings(smooth, true).size(), size_t{1});
  CHECK_FAILS(Status::kUnsupported, "n.prototxt: bn_stats_batch_size is not supported",
              warnings(str("bn_stats_batch_size: 4\n", kInput)));
}

TEST(layers_of_another_phase_are_not_looked_at) {
  const std::string only_train = "include { phase: TRAIN } loss_param { label_smoothing: 0.1 }";
  CHECK(warnings(kInput + relu(only_train)).empty());
}

}  // namespace
}  // namespace caffe
