// SSD's boxes: the priors, and the objects that its predictions say are there.
#include <algorithm>
#include <cfloat>

#include "onnx/layer_nodes.hpp"

namespace caffe::onnx {

namespace {

// It looks at the shapes of its bottoms only.
Values prior_box(LayerNodes& nodes) {
  return nodes.constant_tops();
}

void require_sayable(LayerNodes& nodes, const DetectionOutputParameter& wanted) {
  if (!wanted.share_location) cannot_say("boxes that are not shared by the classes");
  if (wanted.nms_param->eta < 1) cannot_say("a suppression whose threshold falls (eta)");
  if (nodes.bottom_shape(0)[0] != 1) {
    fail(Status::kUnsupported, "it can be exported for one image, not for ",
         nodes.bottom_shape(0)[0]);
  }
}

// 1 x P x 4, in the order xmin, ymin, xmax, ymax; see BoxCode::decode.
Value decoded_boxes(LayerNodes& nodes, const DetectionOutputParameter& wanted, int64_t priors) {
  const Shape all = {1, priors, 4};
  const Value both = nodes.reshape(nodes.bottom(2), nodes.bottom_shape(2), {2, priors, 4});
  const auto halves = [&](const Value& x, int64_t axis, int64_t extent) {
    return nodes.add("Split", {x, nodes.ints({extent / 2, extent / 2})}, {{"axis", axis}}, 2);
  };
  const auto op = [&](const char* name, const Value& a, const Value& b) {
    return nodes.add(name, {a, b});
  };
  const Values prior = halves(both, 0, 2);  // and its variances
  Value by = nodes.reshape(nodes.bottom(0), nodes.bottom_shape(0), all);
  if (!wanted.variance_encoded_in_target) by = op("Mul", by, prior[1]);
  if (wanted.code_type == PriorBoxParameter::CORNER) return op("Add", prior[0], by);

  const Values corner = halves(prior[0], 2, 4), part = halves(by, 2, 4);
  const Value size = op("Sub", corner[1], corner[0]);
  Values low_high;
  if (wanted.code_type == PriorBoxParameter::CORNER_SIZE) {
    for (size_t i = 0; i < 2; ++i) {
      low_high.push_back(op("Add", corner[i], op("Mul", part[i], size)));
    }
  } else {
    const Value middle = nodes.times(op("Add", corner[0], corner[1]), 0.5f);
    const Value centre = op("Add", op("Mul", part[0], size), middle);
    const Value half = nodes.times(op("Mul", nodes.add("Exp", {part[1]}), size), 0.5f);
    low_high = {op("Sub", centre, half), op("Add", centre, half)};
  }
  return nodes.add("Concat", low_high, {{"axis", int64_t{2}}});
}

// 1 x labels x P.
Value scores_of(LayerNodes& nodes, const DetectionOutputParameter& wanted,
                const std::vector<int64_t>& labels, int64_t priors) {
  const int64_t classes = wanted.num_classes;
  Value scores = nodes.reshape(nodes.bottom(1), nodes.bottom_shape(1), {1, priors, classes});
  scores = nodes.add("Transpose", {scores}, {{"perm", std::vector<int64_t>{0, 2, 1}}});
  if (static_cast<int64_t>(labels.size()) < classes) {
    scores = nodes.add("Gather", {scores, nodes.ints(labels)}, {{"axis", int64_t{1}}});
  }
  const NonMaximumSuppressionParameter& nms = *wanted.nms_param;
  if (!nms.has_top_k() || nms.top_k < 0 || nms.top_k >= priors) return scores;
  // Only the best of each class are candidates.
  const Values best =
      nodes.add("TopK", {scores, nodes.ints({nms.top_k})}, {{"axis", int64_t{2}}}, 2);
  const Value least = nodes.add("ReduceMin", {best[0]}, {{"axes", std::vector<int64_t>{2}}});
  return nodes.add("Where", {nodes.add("Less", {scores, least}), nodes.scalar(-FLT_MAX), scores});
}

// The places of the `most` greatest of K scores, in their order.
Value places_of_best(LayerNodes& nodes, const Value& scores, int64_t most) {
  const Value count = nodes.add("Min", {nodes.add("Shape", {scores}), nodes.ints({most})});
  const Values best = nodes.add("TopK", {scores, count}, {{"axis", int64_t{0}}}, 2);
  return nodes.add("TopK", {best[1], count}, {{"axis", int64_t{0}}, {"largest", int64_t{0}}}, 2)[0];
}

// ONNX suppresses in the order of labels and falling scores, which is that of the top; a box's axes
// may be in any order for it.
Values detection_output(LayerNodes& nodes) {
  const DetectionOutputParameter& wanted = *nodes.param().detection_output_param;
  require_sayable(nodes, wanted);
  const int64_t priors = nodes.bottom_shape(2)[2] / 4;
  std::vector<int64_t> labels;
  for (int64_t label = 0; label < wanted.num_classes; ++label) {
    if (label != wanted.background_label_id) labels.push_back(label);
  }
  const Value boxes = decoded_boxes(nodes, wanted, priors);
  const Value scores = scores_of(nodes, wanted, labels, priors);
  const float least = wanted.has_confidence_threshold() ? wanted.confidence_threshold : -FLT_MAX;
  Value found =
      nodes.add("NonMaxSuppression", {boxes, scores, nodes.ints({priors}),
                                      nodes.scalar(std::min(wanted.nms_param->nms_threshold, 1.0f)),
                                      nodes.scalar(least)});
  // Rows of image, label and prior; and the scores there.
  Value score = nodes.add("GatherND", {scores, found});
  if (wanted.keep_top_k >= 0) {
    const Value places = places_of_best(nodes, score, wanted.keep_top_k);
    found = nodes.add("Gather", {found, places});
    score = nodes.add("Gather", {score, places});
  }
  const Values column =
      nodes.add("Split", {found, nodes.ints({1, 1, 1})}, {{"axis", int64_t{1}}}, 3);
  const std::vector<float> names(labels.begin(), labels.end());
  const Value second = nodes.ints({1});
  const Value rows = nodes.add(
      "Concat",
      {nodes.to_floats(column[0]),
       nodes.add("Gather", {nodes.floats(names, {static_cast<int64_t>(names.size())}), column[1]}),
       nodes.add("Unsqueeze", {score, second}),
       nodes.add("Gather", {nodes.reshape(boxes, {1, priors, 4}, {priors, 4}),
                            nodes.add("Squeeze", {column[2], second})})},
      {{"axis", int64_t{1}}});
  return {
      nodes.with_open_axis(nodes.add("Unsqueeze", {rows, nodes.ints({0, 1})}), 2, "detections")};
}

const Mapping mappings[] = {
    {"DetectionOutput", detection_output},
    {"PriorBox", prior_box},
};

}  // namespace
}  // namespace caffe::onnx
