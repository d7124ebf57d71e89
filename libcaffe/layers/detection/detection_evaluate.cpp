// DetectionEvaluate: whether each detection is right: it is when it overlaps a ground truth of its
// image and label that no better detection has taken. What average precision is computed from.
//
//   num_classes            required; with the background
//   background_label_id    0
//   overlap_threshold      0.5; the least overlap that counts
//   evaluate_difficult_gt  true; false: difficult ground truth is neither missed nor found
//   name_size_file         none; lines `name height width` of the images, from the first on and
//                          around: overlaps are of boxes in pixels, whose sides are one longer
//   resize_param           none; how the images were made into the net's input
//
// Bottoms: detections 1 x 1 x K x 7, rows [image, label, score, xmin, ymin, xmax, ymax], those of
// label -1 none; ground truth 1 x 1 x boxes x 8, rows [image, label, instance, xmin, ymin, xmax,
// ymax, difficult], those of image -1 none. Top: 1 x 1 x rows x 5: for each class but the
// background [-1, label, ground truths, -1, -1], then for each detection, in the order of images,
// labels and falling scores, [image, label, score, right, wrong]; 0 and 0 when it found difficult
// ground truth that is not evaluated.
//
// Fork: weiliu89/caffe (ssd).
//
// Differs from the original: with name_size_file, images without a detection have a size, too.
//
//   layer {
//     name: "detection_eval" type: "DetectionEvaluate" top: "detection_eval"
//     bottom: "detection_out" bottom: "label"
//     detection_evaluate_param { num_classes: 21 evaluate_difficult_gt: false }
//   }
#include <algorithm>

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"
#include "layers/detection/image_sizes.hpp"
#include "layers/detection/result_files.hpp"
#include "layers/detection/truths.hpp"

namespace caffe {
namespace {

// The overlap of boxes in whole pixels, the last of which is within.
float pixel_overlap(const Box& a, const Box& b) {
  const auto pixels = [](const Box& box) { return (width(box) + 1) * (height(box) + 1); };
  const Box shared = {std::max(a.xmin, b.xmin), std::max(a.ymin, b.ymin), std::min(a.xmax, b.xmax),
                      std::min(a.ymax, b.ymax)};
  if (!(width(shared) >= 0 && height(shared) >= 0)) return 0;
  return pixels(shared) / (pixels(a) + pixels(b) - pixels(shared));
}

class DetectionEvaluateLayer final : public Layer {
 public:
  static constexpr LayerPurpose purpose = LayerPurpose::kScores;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers&, const BlobPointers&) override {
    const DetectionEvaluateParameter& wanted = *param().detection_evaluate_param;
    // Labels are written as floats.
    if (wanted.num_classes == 0 || wanted.num_classes > 1 << 24) {
      fail(Status::kInvalidArgument, "detection_evaluate_param.num_classes: ", wanted.num_classes,
           " is not in 1 .. 2^24");
    }
    if (!(wanted.overlap_threshold > 0)) {
      fail(Status::kInvalidArgument,
           "detection_evaluate_param.overlap_threshold: ", wanted.overlap_threshold,
           " is not greater than 0");
    }
    if (!wanted.name_size_file.empty()) {
      sizes_ = with_context([] { return "detection_evaluate_param.name_size_file"; },
                            [&] { return read_image_sizes(wanted.name_size_file); });
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != 4 || shape[0] != 1 || shape[1] != 1 || shape[3] != 7) {
      fail(Status::kShape, bottom_name(0), " has the shape ", shape,
           "; detections are 1 x 1 x detections x 7 values");
    }
    check_truth_shape(bottom[1]->shape(), bottom_name(1));
    top[0]->reshape({1, 1, 1, 5});  // forward knows how many
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const DetectionEvaluateParameter& wanted = *param().detection_evaluate_param;
    std::vector<Truth> truths = read_truths(
        *bottom[1], bottom_name(1), {INT64_MAX, wanted.num_classes, wanted.background_label_id});
    std::vector<Detection> found = read_detections(*bottom[0]);
    if (!sizes_.empty()) scale(truths, found, *bottom[0]);

    std::vector<int64_t> counts(wanted.num_classes, 0);
    for (const Truth& truth : truths) {
      if (wanted.evaluate_difficult_gt || !truth.difficult) {
        ++counts[static_cast<size_t>(truth.label)];
      }
    }
    rows_.clear();
    for (size_t label = 0; label < counts.size(); ++label) {
      if (label == wanted.background_label_id) continue;
      add_row({-1, static_cast<float>(label), static_cast<float>(counts[label]), -1, -1});
    }
    std::vector<bool> taken(truths.size(), false);
    for (const Detection& each : found) {
      const size_t best = best_truth(each, truths);
      const bool right = best < truths.size() && !taken[best];
      const bool counts =
          best == truths.size() || wanted.evaluate_difficult_gt || !truths[best].difficult;
      if (right && counts) taken[best] = true;
      add_row({static_cast<float>(each.image), static_cast<float>(each.label), each.score,
               right && counts ? 1.0f : 0.0f, !right && counts ? 1.0f : 0.0f});
    }
    top[0]->reshape({1, 1, static_cast<int64_t>(rows_.size() / 5), 5});
    std::copy(rows_.begin(), rows_.end(), top[0]->data().write());
  }

 private:
  void add_row(std::initializer_list<float> row) { rows_.insert(rows_.end(), row); }

  // In the order of images, labels and falling scores.
  std::vector<Detection> read_detections(const Blob& blob) const {
    const DetectionEvaluateParameter& wanted = *param().detection_evaluate_param;
    std::vector<Detection> found;
    const float* row = blob.data().read();
    for (int64_t i = 0; i < blob.dim(2); ++i, row += 7) {
      // False for NaN, too.
      if (!(row[0] > -2 && row[0] < 0x1p62f && row[1] > -2 &&
            row[1] < static_cast<float>(wanted.num_classes))) {
        fail(Status::kInvalidArgument, bottom_name(0), ": row ", i, " is of image ", row[0],
             " and label ", row[1], "; labels are less than ", wanted.num_classes);
      }
      if (row[0] <= -1 || row[1] <= -1) continue;
      const Detection each = {static_cast<int64_t>(row[0]), static_cast<int64_t>(row[1]), row[2],
                              load_box(row + 3)};
      if (each.label == wanted.background_label_id) {
        fail(Status::kInvalidArgument, bottom_name(0), ": row ", i, " has the label ", each.label,
             " of the background");
      }
      if (each.score != each.score) {
        fail(Status::kInvalidArgument, bottom_name(0), ": row ", i,
             " has a score that is no number");
      }
      found.push_back(each);
    }
    std::stable_sort(found.begin(), found.end(), [](const Detection& a, const Detection& b) {
      if (a.image != b.image) return a.image < b.image;
      return a.label != b.label ? a.label < b.label : a.score > b.score;
    });
    return found;
  }

  // The first truth of those that the detection overlaps most, or truths.size() when none is
  // overlapped enough.
  size_t best_truth(const Detection& found, const std::vector<Truth>& truths) const {
    const auto first =
        std::lower_bound(truths.begin(), truths.end(), found.image,
                         [](const Truth& truth, int64_t image) { return truth.image < image; });
    size_t best = truths.size();
    float most = 0;
    for (auto each = first; each != truths.end() && each->image == found.image; ++each) {
      if (each->label != found.label) continue;
      const float share =
          sizes_.empty() ? overlap(found.box, each->box) : pixel_overlap(found.box, each->box);
      if (share > most) {
        most = share;
        best = static_cast<size_t>(each - truths.begin());
      }
    }
    return most >= param().detection_evaluate_param->overlap_threshold ? best : truths.size();
  }

  // Makes boxes into pixels; the next forward goes on with the image after the last of this one's.
  void scale(std::vector<Truth>& truths, std::vector<Detection>& found, const Blob& rows) {
    const DetectionEvaluateParameter& wanted = *param().detection_evaluate_param;
    const ResizeParameter* resize = wanted.has_resize_param() ? &*wanted.resize_param : nullptr;
    int64_t last = -1;
    const auto size = [&](int64_t image) -> const ImageSize& {
      last = std::max(last, image);
      const int64_t count = static_cast<int64_t>(sizes_.size());
      return sizes_[static_cast<size_t>((next_ + image % count) % count)];
    };
    for (Truth& each : truths) each.box = to_pixels(each.box, size(each.image), resize);
    for (Detection& each : found) each.box = to_pixels(each.box, size(each.image), resize);
    const float* values = rows.data().read();
    for (int64_t i = 0; i < rows.dim(2); ++i) {
      if (values[7 * i] >= 0) size(static_cast<int64_t>(values[7 * i]));
    }
    next_ = (next_ + last + 1) % static_cast<int64_t>(sizes_.size());
  }

  std::vector<ImageSize> sizes_;
  int64_t next_ = 0;  // the place in sizes_ of the next batch's first image
  std::vector<float> rows_;
};

const LayerRegistration<DetectionEvaluateLayer> registration("DetectionEvaluate");

}  // namespace
}  // namespace caffe
