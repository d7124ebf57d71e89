// DenseCRF: the class probabilities of a fully connected conditional random field over the pixels
// of an image, by mean field steps (Kraehenbuehl and Koltun, "Efficient Inference in Fully
// Connected CRFs with Gaussian Edge Potentials", NIPS 2011).
//
//   max_iter                        10; mean field steps
//   pos_xy_std and pos_w            one of each for every kernel of the distance between pixels:
//                                   its standard deviation and weight
//   bi_xy_std, bi_rgb_std and bi_w  one of each for every kernel of distance and colour
//   output_probability              true; false: logarithms of the probabilities
//
// Bottoms: scores (N x C x H x W), the images' true sizes (N x 2, rows and columns), and for
// kernels of colour the images (N x 3 x H x W). Top: N x C x H x W. Only the true size of each
// image is looked at, the rest of the top is 0; a size beyond the blob's is the blob's. All items
// of a batch take their colours from the first image, as in the fork. No gradient.
//
// Fork: hszhao/PSPNet; DeepLab v2 has the same layer.
//
//   layer { name: "crf" type: "DenseCRF" bottom: "scores" bottom: "sizes" bottom: "data" top: "crf"
//           dense_crf_param { max_iter: 10 pos_w: 3 pos_xy_std: 3
//                             bi_w: 5 bi_xy_std: 50 bi_rgb_std: 4 } }
#include <algorithm>
#include <cfloat>
#include <cmath>

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/crf/mean_field.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

class DenseCrfLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {2, 3, 1, 1, false}; }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const DenseCRFParameter& wanted = *param().dense_crf_param;
    reject_fields_but(wanted, "dense_crf_param",
                      {"max_iter", "pos_xy_std", "pos_w", "bi_xy_std", "bi_rgb_std", "bi_w",
                       "output_probability"});
    check_kernels("pos_xy_std", wanted.pos_xy_std, "pos_w", wanted.pos_w);
    check_kernels("bi_xy_std", wanted.bi_xy_std, "bi_w", wanted.bi_w);
    check_kernels("bi_rgb_std", wanted.bi_rgb_std, "bi_w", wanted.bi_w);
    if (wanted.max_iter < 0) {
      fail(Status::kInvalidArgument, "dense_crf_param.max_iter is ", wanted.max_iter,
           ", expected at least 0");
    }
    if (wanted.bi_w.empty() != (bottom.size() == 2)) {
      fail(Status::kInvalidArgument, "kernels of colour (dense_crf_param.bi_w) and a third bottom ",
           "with the images go together, there are ", wanted.bi_w.size(), " and ", bottom.size(),
           " bottoms");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& scores = bottom[0]->shape();
    if (scores.axes() != 4 || scores[1] == 0) {
      fail(Status::kShape, bottom_name(0), " has shape ", scores,
           ", expected items x classes x height x width");
    }
    const Shape& sizes = bottom[1]->shape();
    if (sizes.axes() == 0 || sizes[0] != scores[0] || sizes.count(1) != 2) {
      fail(Status::kShape, bottom_name(1), " has shape ", sizes, ", expected the ", scores[0],
           " images' rows and columns");
    }
    const Shape images{scores[0], 3, scores[2], scores[3]};
    if (bottom.size() > 2 && !(bottom[2]->shape() == images)) {
      fail(Status::kShape, bottom_name(2), " has shape ", bottom[2]->shape(), ", expected ",
           images);
    }
    top[0]->reshape(scores);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const DenseCRFParameter& wanted = *param().dense_crf_param;
    const Shape& shape = bottom[0]->shape();
    const int64_t classes = shape[1], plane = shape[2] * shape[3];
    const float* sizes = bottom[1]->data().read();
    const float* scores = bottom[0]->data().read();
    const float* images = bottom.size() > 2 ? bottom[2]->data().read() : nullptr;
    float* out = top[0]->data().write();
    std::fill_n(out, top[0]->count(), 0.0f);
    for (int64_t n = 0; n < shape[0]; ++n) {
      const PixelView view{true_size(sizes[2 * n], shape[2]), true_size(sizes[2 * n + 1], shape[3]),
                           shape[3], plane};
      const std::vector<WeightedKernel> kernels =
          with_context([&] { return bottom_name(bottom.size() - 1); },
                       [&] { return make_kernels(view, images); });
      std::vector<float> q = mean_field(pixel_rows(scores + n * classes * plane, view, classes),
                                        view.pixels(), classes, kernels, wanted.max_iter);
      if (!wanted.output_probability) {
        for (float& each : q) each = std::log(std::max(each, FLT_MIN));
      }
      put_pixel_rows(q.data(), view, classes, out + n * classes * plane);
    }
  }

 private:
  static void check_kernels(const char* std_name, const std::vector<float>& stds,
                            const char* weight_name, const std::vector<float>& weights) {
    if (stds.size() != weights.size()) {
      fail(Status::kInvalidArgument, "dense_crf_param.", std_name, " and ", weight_name,
           " belong together, there are ", stds.size(), " and ", weights.size());
    }
    for (const float each : stds) {
      if (each > 0) continue;
      fail(Status::kInvalidArgument, "dense_crf_param.", std_name, " is ", each,
           ", expected more than 0");
    }
  }

  int64_t true_size(float size, int64_t most) const {
    if (!(size >= 0)) {
      fail(Status::kInvalidArgument, bottom_name(1), " holds ", size, ", which is no size");
    }
    return size < static_cast<float>(most) ? static_cast<int64_t>(size) : most;
  }

  std::vector<WeightedKernel> make_kernels(const PixelView& view, const float* image) const {
    const DenseCRFParameter& wanted = *param().dense_crf_param;
    std::vector<WeightedKernel> kernels;
    for (size_t i = 0; i < wanted.pos_w.size(); ++i) {
      const float std = wanted.pos_xy_std[i];
      kernels.push_back({PixelKernel::of_places(view, std, std), wanted.pos_w[i]});
    }
    for (size_t i = 0; i < wanted.bi_w.size(); ++i) {
      const float std = wanted.bi_xy_std[i];
      const std::vector<float> colours(3, wanted.bi_rgb_std[i]);
      kernels.push_back(
          {PixelKernel::of_places_and_colours(view, std, std, image, colours), wanted.bi_w[i]});
    }
    return kernels;
  }
};

// Without any field two bottoms are CCNN's scores and images.
bool meant(const LayerParameter& param) {
  return param.has_dense_crf_param() || param.bottom.size() == 3;
}

const LayerRegistration<DenseCrfLayer> registration("DenseCRF", {"pspnet", meant});

}  // namespace
}  // namespace caffe
