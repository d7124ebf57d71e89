// Fields that nobody reads: the list itself, and what becomes of files that give them.
#include "schema/unread_fields.hpp"

#include <set>

#include "schema/messages.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe {
namespace {

using schema::Verdict;

LayerParameter layer(const std::string& text) {
  LayerParameter param;
  parse_text(text, param);
  return param;
}

// What a layer gives in vain.
IgnoredFields ignored(const std::string& text, bool lenient = false) {
  IgnoredFields found;
  LayerParameter param = layer(text);
  settle_unread_fields(param, lenient, found);
  return found;
}

void refused(const std::string& text, const std::string& part, bool lenient = false) {
  CHECK_FAILS(Status::kUnsupported, part, ignored(text, lenient));
}

TEST(unread_fields_exist_and_are_listed_once) {
  std::set<std::string> seen;
  for (const schema::UnreadField& each : schema::unread_fields()) {
    const schema::MessageType* type = schema::find_message_type(each.message);
    CHECK(type != nullptr && type->find(each.field) != nullptr);
    CHECK(seen.insert(std::string(each.message) + "." + each.field).second);
    CHECK(std::string(each.reason) != "");
  }
}

TEST(unread_fields_that_decide_nothing_are_counted) {
  CHECK(ignored("forward_type: FLOAT16 convolution_param { engine: MKL2017 }") ==
        (IgnoredFields{{"convolution_param.engine", 1}, {"forward_type", 1}}));
  // The default says nothing.
  CHECK(ignored("forward_type: FLOAT convolution_param { engine: DEFAULT }").empty());
  CHECK(ignored("convolution_param { engine: CAFFE }").empty());
  CHECK(ignored("convolution_param { engine: CUDNN }").size() == 1);
  CHECK(ignored("dummy_data_param { data_filler { type: 'constant' } }").empty());
}

TEST(unread_fields_that_matter_are_refused_by_name) {
  const std::string filler = "convolution_param { weight_filler { alpha: 3 } }";
  refused(filler,
          "convolution_param.weight_filler.alpha is not supported; the option lenient drops");
  IgnoredFields found;
  LayerParameter param = layer(filler);
  settle_unread_fields(param, true, found);
  CHECK(found.empty());
  CHECK(!param.convolution_param->weight_filler->has_alpha());
  for (const std::string field : {"denser_prior_boxes: true", "fixed_size: 16", "density: 2"}) {
    refused("prior_box_param { " + field + " }", "; lenient does not drop it", false);
    refused("prior_box_param { " + field + " }", "; lenient does not drop it", true);
  }
  CHECK(ignored("prior_box_param { denser_prior_boxes: false }").empty());
  refused("detection_output_param { use_polygon: false }", "detection_output_param.use_polygon");
}

TEST(parameters_of_layer_types_that_are_not_here_are_left_to_custom_layers) {
  CHECK(ignored("type: 'BiasChannel' bias_channel_param { bg_bias: 1 }").empty());
}

}  // namespace
}  // namespace caffe
