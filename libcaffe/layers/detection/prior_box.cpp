// PriorBox: the boxes that the predictions at each place of a feature map are offsets from. SSD:
// Single Shot MultiBox Detector, Liu et al., 2016.
//
//   min_size      required, repeated; the side of a square in pixels of the image, cut to a whole
//                 number; all that follows is repeated for each
//   max_size      none, or one for each min_size and greater: a second square with the side
//                 sqrt(min_size * max_size)
//   aspect_ratio  repeated; further boxes of the first square's size, r times as wide as high;
//                 1 and what was there already (within 1e-6) do not count
//   flip          true: each ratio r brings 1 / r, too
//   clip          false; true: boxes are cut at the image's edges
//   variance      0.1; one or four, what offsets are divided by
//   img_size      the image's side; img_h and img_w give both. Those of the second bottom
//   step          the distance of two places in pixels; step_h and step_w give both. The image's
//                 side over the map's
//   offset        0.5; where in its cell a place lies
//
// Bottoms: the feature map and the image, N x C x H x W, of which only height and width matter.
// Top: 1 x 2 x (4 * boxes): the boxes (xmin, ymin, xmax, ymax in parts of the image's sides) row
// by row of the map, then their variances. The gradient is 0.
//
// Fork: weiliu89/caffe (ssd).
//
//   layer {
//     name: "conv4_3_priorbox" type: "PriorBox" bottom: "conv4_3_norm" bottom: "data" top: "prior"
//     prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 variance: 0.1 variance: 0.1
//                       variance: 0.2 variance: 0.2 step: 8 }
//   }
#include <algorithm>
#include <cmath>

#include "core/checked.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/detection/boxes.hpp"

namespace caffe {
namespace {

struct Size {
  double width, height;
};

// A size that may be given for both sides at once or for each; 0 when it is not given.
Size size_of(const char* name, bool has_both, double both, bool has_each, double h, double w) {
  if (has_both && has_each) {
    fail(Status::kInvalidArgument, "prior_box_param: ", name, "_h and ", name,
         "_w go without the one for both sides");
  }
  if (!has_both && !has_each) return {0, 0};
  const Size size = has_both ? Size{both, both} : Size{w, h};
  if (!(size.width > 0 && size.height > 0)) {
    fail(Status::kInvalidArgument, "prior_box_param: ", name, " is ", size.height, " high and ",
         size.width, " wide; both must be given, and greater than 0");
  }
  return size;
}

class PriorBoxLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }

  void init(const BlobPointers&, const BlobPointers&) override {
    const PriorBoxParameter& wanted = *param().prior_box_param;
    read_sizes(wanted);
    if (wanted.variance.size() != 0 && wanted.variance.size() != 1 && wanted.variance.size() != 4) {
      fail(Status::kInvalidArgument, "prior_box_param.variance is given ", wanted.variance.size(),
           " times; it is wanted once, or for each of the four values");
    }
    for (size_t k = 0; k < 4; ++k) {
      variance_[k] = wanted.variance.empty() ? 0.1f : wanted.variance[k % wanted.variance.size()];
      if (!(variance_[k] > 0)) {
        fail(Status::kInvalidArgument, "prior_box_param.variance: ", variance_[k],
             " is not greater than 0");
      }
    }
    image_ = size_of("img", wanted.has_img_size(), wanted.img_size,
                     wanted.has_img_h() || wanted.has_img_w(), wanted.img_h, wanted.img_w);
    step_ = size_of("step", wanted.has_step(), wanted.step,
                    wanted.has_step_h() || wanted.has_step_w(), wanted.step_h, wanted.step_w);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    for (size_t i = 0; i < 2; ++i) {
      if (bottom[i]->axes() != 4) {
        fail(Status::kShape, bottom_name(i), " has the shape ", bottom[i]->shape(),
             "; N x C x H x W is wanted");
      }
      if (bottom[i]->dim(2) == 0 || bottom[i]->dim(3) == 0) {
        fail(Status::kShape, bottom_name(i), " of shape ", bottom[i]->shape(), " has no places");
      }
    }
    const int64_t places = checked_mul(bottom[0]->dim(2), bottom[0]->dim(3));
    const int64_t values = 4 * static_cast<int64_t>(sizes_.size());
    top[0]->reshape({1, 2, checked_mul(places, values)});
  }

  // They are kept for as long as the shapes stay, beside the top, whose memory may be lent to
  // others between two passes.
  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape shapes{bottom[0]->dim(2), bottom[0]->dim(3), bottom[1]->dim(2), bottom[1]->dim(3)};
    if (!(shapes == shapes_)) {
      boxes_.reshape(top[0]->shape());
      fill(bottom, boxes_.data().write());
      shapes_ = shapes;
    }
    kernels().copy(boxes_.data(), top[0]->data());
  }

  void backward(const BlobPointers&, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) bottom[i]->diff().clear();
    }
  }

 private:
  void fill(const BlobPointers& bottom, float* out) const {
    const int64_t rows = bottom[0]->dim(2), columns = bottom[0]->dim(3);
    Size image = image_, step = step_;
    if (image.width == 0) {
      image = {static_cast<double>(bottom[1]->dim(3)), static_cast<double>(bottom[1]->dim(2))};
    }
    if (step.width == 0) {
      step = {image.width / static_cast<double>(columns), image.height / static_cast<double>(rows)};
    }
    const double offset = param().prior_box_param->offset;
    const bool clip = param().prior_box_param->clip;
    const auto edge = [clip](double value) {
      return static_cast<float>(clip ? std::clamp(value, 0.0, 1.0) : value);
    };
    for (int64_t row = 0; row < rows; ++row) {
      const double y = (static_cast<double>(row) + offset) * step.height;
      for (int64_t column = 0; column < columns; ++column) {
        const double x = (static_cast<double>(column) + offset) * step.width;
        for (const Size& size : sizes_) {
          *out++ = edge((x - size.width / 2) / image.width);
          *out++ = edge((y - size.height / 2) / image.height);
          *out++ = edge((x + size.width / 2) / image.width);
          *out++ = edge((y + size.height / 2) / image.height);
        }
      }
    }
    for (int64_t i = boxes_.count() / 8; i > 0; --i) out = std::copy_n(variance_, 4, out);
  }

  void read_sizes(const PriorBoxParameter& wanted) {
    if (wanted.min_size.empty()) {
      fail(Status::kInvalidArgument, "prior_box_param.min_size is not given");
    }
    if (!wanted.max_size.empty() && wanted.max_size.size() != wanted.min_size.size()) {
      fail(Status::kInvalidArgument, "prior_box_param.max_size is given ", wanted.max_size.size(),
           " times, min_size ", wanted.min_size.size(),
           " times; every min_size wants one, or none");
    }
    const std::vector<double> ratios = other_ratios(wanted);
    for (size_t i = 0; i < wanted.min_size.size(); ++i) {
      if (!(wanted.min_size[i] > 0 && wanted.min_size[i] < 1e9f)) {
        fail(Status::kInvalidArgument, "prior_box_param.min_size: ", wanted.min_size[i],
             " is no size in pixels");
      }
      const double side = std::trunc(wanted.min_size[i]);
      sizes_.push_back({side, side});
      if (!wanted.max_size.empty()) {
        if (!(wanted.max_size[i] > wanted.min_size[i] && wanted.max_size[i] < 1e9f)) {
          fail(Status::kInvalidArgument, "prior_box_param.max_size: ", wanted.max_size[i],
               " is not greater than its min_size ", wanted.min_size[i]);
        }
        const double larger = std::sqrt(side * std::trunc(wanted.max_size[i]));
        sizes_.push_back({larger, larger});
      }
      for (const double ratio : ratios) {
        sizes_.push_back({side * std::sqrt(ratio), side / std::sqrt(ratio)});
      }
    }
  }

  // The ratios but 1, each once.
  static std::vector<double> other_ratios(const PriorBoxParameter& wanted) {
    std::vector<double> ratios = {1};
    for (const float ratio : wanted.aspect_ratio) {
      if (!(ratio > 0 && std::isfinite(ratio))) {
        fail(Status::kInvalidArgument, "prior_box_param.aspect_ratio: ", ratio,
             " is not greater than 0");
      }
      const auto same = [ratio](double other) { return std::fabs(ratio - other) < 1e-6; };
      if (std::any_of(ratios.begin(), ratios.end(), same)) continue;
      ratios.push_back(ratio);
      if (wanted.flip) ratios.push_back(1 / double{ratio});
    }
    ratios.erase(ratios.begin());
    return ratios;
  }

  std::vector<Size> sizes_;  // of the boxes of one place, in pixels
  float variance_[4];
  Size image_, step_;  // 0 when the bottoms say it
  Blob boxes_;         // the top's values
  Shape shapes_;       // heights and widths that they are for
};

const LayerRegistration<PriorBoxLayer> registration("PriorBox");

}  // namespace
}  // namespace caffe
