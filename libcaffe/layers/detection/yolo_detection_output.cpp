// YoloDetectionOutput: the objects that YOLO's last feature map says are there. For each place
// (i, j) of the map and each anchor (a, b), with s the sigmoid,
//
//   x = (i + s(t0)) / W    y = (j + s(t1)) / H    w = exp(t2) * a / W    h = exp(t3) * b / H
//   score = s(t4) * the greatest of the softmax of the classes
//
// YOLO9000: Better, Faster, Stronger, Redmon and Farhadi, 2017.
//
//   num_classes           required (20); without a background
//   num_box               5; anchors
//   biases                required; the anchors (a, b) in cells of the map
//   confidence_threshold  0.01; the least score
//   nms_threshold         0.45; a box that overlaps a better one by this or more is dropped,
//                         whatever their labels
//   coords                4; nothing else
//   side, label_map_file  without effect
//
// Bottoms: one map or more of the same anchors, N x (num_box * (5 + num_classes)) x H x W, for each
// anchor t0 .. t4 and the classes. Top: 1 x 1 x detections x 7, rows [0, label, score, xmin, ymin,
// xmax, ymax] by falling score, labels from 1 on, boxes in parts of the image and not cut at its
// edges; of a batch all images are taken for one; when nothing is found, [image, -1, -1, ...] for
// each image.
//
// Fork: eric612/MobileNet-YOLO.
//
//   layer {
//     name: "detection_out" type: "YoloDetectionOutput" bottom: "conv22" top: "detection_out"
//     yolo_detection_output_param { num_classes: 20 num_box: 2 biases: 0.73 biases: 0.87
//                                   biases: 2.42 biases: 2.65 confidence_threshold: 0.25 }
//   }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/detection/yolo.hpp"

namespace caffe {
namespace {

class YoloDetectionOutputLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, 1, false}; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const YoloDetectionOutputParameter& wanted = *param().yolo_detection_output_param;
    if (!wanted.has_num_classes() || wanted.num_classes == 0 || wanted.num_box == 0) {
      fail(Status::kInvalidArgument,
           "yolo_detection_output_param: num_classes and num_box must be given");
    }
    if (wanted.biases.size() < 2 * size_t{wanted.num_box}) {
      fail(Status::kInvalidArgument, "yolo_detection_output_param.biases is given ",
           wanted.biases.size(), " times; ", wanted.num_box, " anchors want two each");
    }
    if (wanted.coords != 4) {
      fail(Status::kUnsupported, "yolo_detection_output_param.coords: ", wanted.coords,
           "; boxes have 4");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const YoloDetectionOutputParameter& wanted = *param().yolo_detection_output_param;
    for (size_t i = 0; i < bottom.size(); ++i) {
      check_yolo_map(*bottom[i], bottom_name(i), wanted.num_box, wanted.num_classes);
    }
    top[0]->reshape({1, 1, 1, 7});  // forward knows how many
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const YoloDetectionOutputParameter& wanted = *param().yolo_detection_output_param;
    found_.clear();
    for (const Blob* map : bottom) {
      const float* values = map->data().read();
      const int64_t anchor_size = (5 + int64_t{wanted.num_classes}) * map->shape().count(2);
      for (int64_t n = 0; n < map->dim(0); ++n) {
        for (int64_t place = 0; place < map->shape().count(2); ++place) {
          for (size_t anchor = 0; anchor < wanted.num_box; ++anchor) {
            const int64_t at = (n * wanted.num_box + static_cast<int64_t>(anchor)) * anchor_size;
            look(*map, place, wanted.biases.data() + 2 * anchor, values + at + place);
          }
        }
      }
    }
    write_yolo_rows(found_, wanted.nms_threshold, bottom[0]->dim(0), *top[0]);
  }

 private:
  // Adds to found_ what t, whose values lie a map apart, says of a place.
  void look(const Blob& map, int64_t place, const float* anchor, const float* t) {
    const YoloDetectionOutputParameter& wanted = *param().yolo_detection_output_param;
    const int64_t step = map.shape().count(2);
    const float objectness = sigmoid(t[4 * step]);
    if (objectness < wanted.confidence_threshold) return;  // no class makes it more
    const float* scores = t + 5 * step;
    int64_t best = 0;
    for (int64_t c = 1; c < wanted.num_classes; ++c) {
      if (scores[c * step] > scores[best * step]) best = c;
    }
    float sum = 0;
    for (int64_t c = 0; c < wanted.num_classes; ++c) {
      sum += std::exp(scores[c * step] - scores[best * step]);
    }
    const float score = objectness * (1 / sum);
    if (!(score >= wanted.confidence_threshold)) return;
    const float w = static_cast<float>(map.dim(3)), h = static_cast<float>(map.dim(2));
    const float column = static_cast<float>(place % map.dim(3));
    const float row = static_cast<float>(place / map.dim(3));
    found_.push_back(
        {best, score,
         box_around((column + sigmoid(t[0])) / w, (row + sigmoid(t[step])) / h,
                    std::exp(t[2 * step]) * anchor[0] / w, std::exp(t[3 * step]) * anchor[1] / h)});
  }

  std::vector<YoloDetection> found_;
};

const LayerRegistration<YoloDetectionOutputLayer> registration("YoloDetectionOutput");

}  // namespace
}  // namespace caffe
