// Yolov3DetectionOutput: the objects that YOLOv3's last feature maps say are there. For each place
// (i, j) of a map, each of the map's anchors (a, b) and each class c, with s the sigmoid,
//
//   x = (i + s(t0)) / W    y = (j + s(t1)) / H
//   w = exp(t2) * a / (W * scale)    h = exp(t3) * b / (H * scale)    score = s(t4) * s(class c)
//
// YOLOv3: An Incremental Improvement, Redmon and Farhadi, 2018.
//
//   num_classes           required (20); without a background
//   num_box               3; anchors of one map
//   biases                required; the anchors (a, b) of all maps in pixels of the net's input
//   mask                  required; for each map, one after the other, which anchors are its own
//   mask_group_num        2; maps
//   anchors_scale         required; for each map, the pixels of one cell
//   confidence_threshold  0.01; only greater scores count
//   nms_threshold         0.45; a box that overlaps a better one by this or more is dropped,
//                         whatever their labels
//   gaussian_box          false; nothing else
//
// Bottoms: the maps, N x (num_box * (5 + num_classes)) x H x W, for each anchor t0 .. t4 and the
// classes. Top: 1 x 1 x detections x 7, rows [0, label, score, xmin, ymin, xmax, ymax] by falling
// score, labels from 1 on, boxes in parts of the image and not cut at its edges; of a batch all
// images are taken for one; when nothing is found, [image, -1, -1, ...] for each image.
//
// Fork: eric612/MobileNet-YOLO.
//
//   layer {
//     name: "detection_out" type: "Yolov3DetectionOutput" top: "detection_out"
//     bottom: "layer82-conv"
//     yolov3_detection_output_param { num_classes: 80 num_box: 2 mask_group_num: 1
//                                     mask: 0 mask: 1 anchors_scale: 32
//                                     biases: 116 biases: 90 biases: 156 biases: 198 }
//   }
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/detection/yolo.hpp"

namespace caffe {
namespace {

class Yolov3DetectionOutputLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, 1, false}; }

  void init(const BlobPointers& bottom, const BlobPointers&) override {
    const Yolov3DetectionOutputParameter& wanted = *param().yolov3_detection_output_param;
    if (!wanted.has_num_classes() || wanted.num_classes == 0 || wanted.num_box == 0) {
      fail(Status::kInvalidArgument,
           "yolov3_detection_output_param: num_classes and num_box must be given");
    }
    if (wanted.gaussian_box) {
      fail(Status::kUnsupported, "yolov3_detection_output_param.gaussian_box is not supported");
    }
    if (wanted.mask_group_num != bottom.size() || wanted.anchors_scale.size() < bottom.size()) {
      fail(Status::kInvalidArgument, "yolov3_detection_output_param: there are ", bottom.size(),
           " bottoms, mask_group_num is ", wanted.mask_group_num, " and anchors_scale is given ",
           wanted.anchors_scale.size(), " times");
    }
    group_ = wanted.mask.size() / bottom.size();
    if (group_ < wanted.num_box || wanted.mask.size() % bottom.size() != 0) {
      fail(Status::kInvalidArgument, "yolov3_detection_output_param.mask is given ",
           wanted.mask.size(), " times; ", bottom.size(), " bottoms want ", wanted.num_box,
           " each");
    }
    for (const uint32_t anchor : wanted.mask) {
      if (2 * size_t{anchor} + 1 >= wanted.biases.size()) {
        fail(Status::kInvalidArgument, "yolov3_detection_output_param.mask: ", anchor,
             " is none of the ", wanted.biases.size() / 2, " anchors in biases");
      }
    }
    for (const uint32_t scale : wanted.anchors_scale) {
      if (scale == 0) {
        fail(Status::kInvalidArgument, "yolov3_detection_output_param.anchors_scale is 0");
      }
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Yolov3DetectionOutputParameter& wanted = *param().yolov3_detection_output_param;
    for (size_t i = 0; i < bottom.size(); ++i) {
      check_yolo_map(*bottom[i], bottom_name(i), wanted.num_box, wanted.num_classes);
    }
    top[0]->reshape({1, 1, 1, 7});  // forward knows how many
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Yolov3DetectionOutputParameter& wanted = *param().yolov3_detection_output_param;
    found_.clear();
    for (size_t i = 0; i < bottom.size(); ++i) {
      const Blob& map = *bottom[i];
      const float* values = map.data().read();
      const int64_t anchor_size = (5 + int64_t{wanted.num_classes}) * map.shape().count(2);
      for (int64_t n = 0; n < map.dim(0); ++n) {
        for (int64_t place = 0; place < map.shape().count(2); ++place) {
          for (size_t box = 0; box < wanted.num_box; ++box) {
            const int64_t at = (n * wanted.num_box + static_cast<int64_t>(box)) * anchor_size;
            const float* anchor = wanted.biases.data() + 2 * size_t{wanted.mask[i * group_ + box]};
            look(map, place, anchor, static_cast<float>(wanted.anchors_scale[i]),
                 values + at + place);
          }
        }
      }
    }
    write_yolo_rows(found_, wanted.nms_threshold, bottom[0]->dim(0), *top[0]);
  }

 private:
  // Adds to found_ what t, whose values lie a map apart, says of a place.
  void look(const Blob& map, int64_t place, const float* anchor, float scale, const float* t) {
    const Yolov3DetectionOutputParameter& wanted = *param().yolov3_detection_output_param;
    const int64_t step = map.shape().count(2);
    const float objectness = sigmoid(t[4 * step]);
    if (objectness <= wanted.confidence_threshold) return;  // no class makes it more
    const float w = static_cast<float>(map.dim(3)), h = static_cast<float>(map.dim(2));
    const float column = static_cast<float>(place % map.dim(3));
    const float row = static_cast<float>(place / map.dim(3));
    const Box box = box_around((column + sigmoid(t[0])) / w, (row + sigmoid(t[step])) / h,
                               std::exp(t[2 * step]) * anchor[0] / (w * scale),
                               std::exp(t[3 * step]) * anchor[1] / (h * scale));
    for (int64_t c = 0; c < wanted.num_classes; ++c) {
      const float score = objectness * sigmoid(t[(5 + c) * step]);
      if (score > wanted.confidence_threshold) found_.push_back({c, score, box});
    }
  }

  size_t group_ = 0;  // anchors of one map in `mask`
  std::vector<YoloDetection> found_;
};

const LayerRegistration<Yolov3DetectionOutputLayer> registration("Yolov3DetectionOutput");

}  // namespace
}  // namespace caffe
