// DenseCRF: the most probable class of every pixel after ten mean field steps of a fully connected
// conditional random field (Kraehenbuehl and Koltun, "Efficient Inference in Fully Connected CRFs
// with Gaussian Edge Potentials", NIPS 2011).
//
//   x_gauss and y_gauss                       3; standard deviations of the kernel of places
//   wt_gauss                                  3; the weight of the kernel of places
//   x_bilateral and y_bilateral               60; standard deviations in places of the kernel of
//                                             places and colours
//   r_bilateral, g_bilateral and b_bilateral  20; its standard deviations in colours
//   wt_bilateral                              10; the weight of the kernel of places and colours
//
// Bottoms: scores (N x C x H x W) and the images (N x 3 x H x W: blue, green, red from 0 to 255,
// cut to whole numbers). Top: N x 1 x H x W, the first of equal classes. No gradient.
//
// Fork: pathak22/caffe-ccnn.
//
//   layer { name: "crf" type: "DenseCRF" bottom: "scores" bottom: "data" top: "labels"
//           densecrf_param { x_gauss: 19 y_gauss: 19 wt_gauss: 15 x_bilateral: 61 y_bilateral: 61
//                            r_bilateral: 10 g_bilateral: 10 b_bilateral: 10 wt_bilateral: 35 } }
#include <algorithm>
#include <cmath>

#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/crf/mean_field.hpp"
#include "schema/known_fields.hpp"

namespace caffe {
namespace {

constexpr int kIterations = 10;

class DenseCrfLabelsLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(2, 1); }
  bool allow_force_backward(int) const override { return false; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const DenseCRFParameter& wanted = *param().densecrf_param;
    reject_fields_but(wanted, "densecrf_param",
                      {"x_gauss", "y_gauss", "wt_gauss", "x_bilateral", "y_bilateral",
                       "r_bilateral", "g_bilateral", "b_bilateral", "wt_bilateral"});
    const std::pair<const char*, float> stds[] = {
        {"x_gauss", wanted.x_gauss},         {"y_gauss", wanted.y_gauss},
        {"x_bilateral", wanted.x_bilateral}, {"y_bilateral", wanted.y_bilateral},
        {"r_bilateral", wanted.r_bilateral}, {"g_bilateral", wanted.g_bilateral},
        {"b_bilateral", wanted.b_bilateral}};
    for (const auto& [name, value] : stds) {
      if (value > 0) continue;
      fail(Status::kInvalidArgument, "densecrf_param.", name, " is ", value,
           ", expected more than 0");
    }
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& scores = bottom[0]->shape();
    if (scores.axes() != 4 || scores[1] == 0) {
      fail(Status::kShape, bottom_name(0), " has shape ", scores,
           ", expected items x classes x height x width");
    }
    const Shape images{scores[0], 3, scores[2], scores[3]};
    if (!(bottom[1]->shape() == images)) {
      fail(Status::kShape, bottom_name(1), " has shape ", bottom[1]->shape(), ", expected ",
           images);
    }
    top[0]->reshape({scores[0], 1, scores[2], scores[3]});
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    const int64_t classes = shape[1];
    const PixelView view{shape[2], shape[3], shape[3], shape[2] * shape[3]};
    const float* scores = bottom[0]->data().read();
    const float* images = bottom[1]->data().read();
    float* labels = top[0]->data().write();
    std::vector<float> image(static_cast<size_t>(3 * view.plane));
    for (int64_t n = 0; n < shape[0]; ++n) {
      // Red first: the lattice is not the same for every order of the features.
      for (int64_t c = 0; c < 3; ++c) {
        const float* from = images + (n * 3 + 2 - c) * view.plane;
        std::transform(from, from + view.plane, image.begin() + c * view.plane,
                       [](float x) { return std::trunc(x); });
      }
      const std::vector<WeightedKernel> kernels = with_context(
          [&] { return bottom_name(1); }, [&] { return make_kernels(view, image.data()); });
      const std::vector<float> q =
          mean_field(pixel_rows(scores + n * classes * view.plane, view, classes), view.pixels(),
                     classes, kernels, kIterations);
      for (int64_t p = 0; p < view.plane; ++p) {
        const float* row = q.data() + p * classes;
        labels[n * view.plane + p] = static_cast<float>(std::max_element(row, row + classes) - row);
      }
    }
  }

 private:
  std::vector<WeightedKernel> make_kernels(const PixelView& view, const float* image) const {
    const DenseCRFParameter& wanted = *param().densecrf_param;
    return {{PixelKernel::of_places(view, wanted.x_gauss, wanted.y_gauss), wanted.wt_gauss},
            {PixelKernel::of_places_and_colours(
                 view, wanted.x_bilateral, wanted.y_bilateral, image,
                 {wanted.r_bilateral, wanted.g_bilateral, wanted.b_bilateral}),
             wanted.wt_bilateral}};
  }
};

bool meant(const LayerParameter& param) {
  return param.has_densecrf_param() || (!param.has_dense_crf_param() && param.bottom.size() == 2);
}

const LayerRegistration<DenseCrfLabelsLayer> registration("DenseCRF", {"ccnn", meant});

}  // namespace
}  // namespace caffe
