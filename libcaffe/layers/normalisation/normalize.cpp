// Normalize: y = a x / sqrt(sum of squares + eps), where the sum is that of an image, or of a
// place's channels.
//
//   across_spatial  true: one sum for all values of an image; false: one for each place
//   channel_shared  true: one scale a for all channels; false: one for each
//   scale_filler    constant 1
//   eps             1e-10
//   fix_scale       true: a is not trained; ParseNet's only, see below
//
// Bottom: N x C x any axes; top: the same shape; in place is allowed. Parameter: a, C values or one
// without axes. The gradient of x is that of a scale which is the same for all channels, as trained
// models have it: when each has its own it is an approximation.
//
// Fork: weiliu89/caffe (ssd), and its branch fcn (ParseNet's), which has fix_scale. That is heeded
// where it is given and with the dialect fcn; otherwise a is trained.
//
//   layer { name: "norm" type: "Normalize" bottom: "conv4_3" top: "norm"
//     norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } } }
#include "layers/base/coefficients.hpp"
#include "layers/base/kept_bottom.hpp"
#include "layers/base/registry.hpp"
#include "layers/base/traits.hpp"

namespace caffe {
namespace {

class NormalizeLayer final : public Layer {
 public:
  static constexpr auto coordinates = same_coordinates;
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(1, 1); }
  bool learns(size_t) const override {
    const NormalizeParameter& wanted = *param().norm_param;
    const bool heeded = wanted.has_fix_scale() || options().dialect == "fcn";
    return !(heeded && wanted.fix_scale);
  }

  void init(const BlobPointers& bottom, const BlobPointers& /*top*/) override {
    check_axes(bottom);
    const NormalizeParameter& wanted = *param().norm_param;
    FillerParameter filler;
    filler.set_value(1);
    if (wanted.has_scale_filler()) filler = *wanted.scale_filler;
    add_parameter(wanted.channel_shared ? Shape{} : Shape{bottom[0]->shape()[1]}, filler);
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_axes(bottom);
    const Shape& shape = bottom[0]->shape();
    const NormalizeParameter& wanted = *param().norm_param;
    if (!wanted.channel_shared && shape[1] != blobs()[0]->count()) {
      fail(Status::kShape, bottom_name(0), " of shape ", shape, " must have ", blobs()[0]->count(),
           " channels on axis 1, as many as there are scales");
    }
    images_ = shape[0];
    channels_ = shape[1];
    space_ = shape.count(2);
    inverses_.reshape({wanted.across_spatial ? images_ : images_ * space_});
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    const NormalizeParameter& wanted = *param().norm_param;
    if (wanted.across_spatial) return normalise_images(x, top[0]->data());
    kernels().normalise_places(x, blobs()[0]->data(), wanted.eps, view(), inverses_.data(),
                               top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor x = kept_.data(*bottom[0], *top[0]), dy = top[0]->diff();
    if (param().norm_param->across_spatial) {
      if (param_propagate_down(0)) images_backward_scale(x, dy);
      if (propagate_down[0]) images_backward(x, dy, bottom[0]->diff());
      return;
    }
    if (param_propagate_down(0)) {
      kernels().normalise_places_backward_scale(x, dy, inverses_.data(), view(),
                                                blobs()[0]->diff());
    }
    if (!propagate_down[0]) return;
    kernels().normalise_places_backward(x, dy, blobs()[0]->data(), inverses_.data(), view(),
                                        bottom[0]->diff());
  }

 private:
  ChannelView view() const { return {images_, channels_, space_}; }

  // The values that have one scale: a channel of an image, or an image.
  ChannelView each_scale() const {
    const int64_t scales = blobs()[0]->count();
    if (scales == 1) return {1, images_, channels_ * space_};
    return {1, images_ * scales, space_};
  }

  // The sums of x z of each channel of the view.
  Tensor products(ConstTensor x, ConstTensor z, const ChannelView& view) {
    products_.reshape({view.channels});
    kernels().channel_sums(x, z, {}, view, false, {}, products_.data());
    return products_.data();
  }

  // Fills the blob with factor * value of the image * scale.
  ConstTensor by_scale(ConstTensor of_images, float factor, Blob& blob) {
    const int64_t scales = blobs()[0]->count();
    blob.reshape({images_ * scales});
    kernels().gemm(false, false, images_, scales, 1, factor, {of_images}, {blobs()[0]->data()}, 0,
                   blob.data());
    return blob.data();
  }

  void normalise_images(ConstTensor x, Tensor y) {
    const ConstTensor squares = products(x, x, {1, images_, channels_ * space_});
    kernels().negative_power(param().norm_param->eps, 1, 0.5f, squares, inverses_.data());
    const ConstTensor factor = by_scale(inverses_.data(), 1, factor_);
    kernels().channel_map(x, {{}, factor, {}}, each_scale(), y);
  }

  void images_backward_scale(ConstTensor x, ConstTensor dy) {
    const ConstTensor sums = products(dy, x, each_scale());
    kernels().gemm(false, false, 1, blobs()[0]->count(), images_, 1, {inverses_.data()}, {sums}, 1,
                   blobs()[0]->diff());
  }

  // dx = scale inverse (dy - x inverse^2 sum of dy x)
  void images_backward(ConstTensor x, ConstTensor dy, Tensor dx) {
    const Tensor rates = products(dy, x, {1, images_, channels_ * space_});
    for (int i = 0; i < 3; ++i) kernels().multiply(rates, inverses_.data(), rates);
    const ConstTensor factor = by_scale(inverses_.data(), 1, factor_);
    const ConstTensor slope = by_scale(rates, -1, slope_);
    kernels().channel_blend(dy, {{}, factor, {}}, x, {{}, slope, {}}, each_scale(), dx);
  }

  void check_axes(const BlobPointers& bottom) const {
    if (bottom[0]->axes() >= 2) return;
    fail(Status::kShape, bottom_name(0), " must have at least 2 axes (N x C), its shape is ",
         bottom[0]->shape());
  }

  int64_t images_ = 0, channels_ = 0, space_ = 0;
  Blob inverses_;        // of the norms of images or places
  Blob factor_, slope_;  // what the kernels are given
  Blob products_;
  KeptBottom kept_;
};

const LayerRegistration<NormalizeLayer> registration("Normalize");

}  // namespace
}  // namespace caffe
