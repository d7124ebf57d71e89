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
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/common_place.hpp"
#include "core/divide_up.hpp"
#include "core/threads.hpp"
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
    inverses_.resize(static_cast<size_t>(wanted.across_spatial ? images_ : images_ * space_));
    top[0]->reshape(shape);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    const Tensor x = kept_.take(*bottom[0], *top[0], runs_backward());
    if (param().norm_param->across_spatial) return normalise_images(x, top[0]->data());
    normalise_places(x, top[0]->data());
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    const Tensor x = kept_.data(*bottom[0], *top[0]), dy = top[0]->diff();
    const bool across = param().norm_param->across_spatial;
    if (param_propagate_down(0)) {
      std::vector<double> gradient = across ? scales_of_images(x, dy) : scales_of_places(x, dy);
      if (param().norm_param->channel_shared) {
        gradient = {std::accumulate(gradient.begin(), gradient.end(), 0.0)};
      }
      float* diff = blobs()[0]->diff().update();
      for (size_t i = 0; i < gradient.size(); ++i) diff[i] += static_cast<float>(gradient[i]);
    }
    if (!propagate_down[0]) return;
    if (across) return images_backward(x, dy, bottom[0]->diff());
    places_backward(x, dy, bottom[0]->diff());
  }

 private:
  // The scale of a channel.
  float scale(int64_t c) const {
    return blobs()[0]->data().read()[param().norm_param->channel_shared ? 0 : c];
  }

  // Of all channels.
  std::vector<float> scales() const {
    std::vector<float> all;
    for (int64_t c = 0; c < channels_; ++c) all.push_back(scale(c));
    return all;
  }

  float inverse(double squares) const {
    return static_cast<float>(1 / std::sqrt(squares + param().norm_param->eps));
  }

  // Sums over images: those of each channel of each image.

  ChannelView each_channel() const { return {1, images_ * channels_, space_}; }

  // The sums of x z of each channel of the view, until the next call.
  const float* products(ConstTensor x, ConstTensor z, const ChannelView& view) {
    products_.reshape({view.channels});
    kernels().channel_sums(x, z, {}, view, false, {}, products_.data());
    return products_.data().read();
  }

  // Fills the blob with value(image, channel).
  template <class Value>
  ConstTensor filled(Blob& blob, const Value& value) const {
    blob.reshape({images_ * channels_});
    float* values = blob.data().write();
    for (int64_t i = 0; i < blob.count(); ++i) {
      values[i] = static_cast<float>(value(i / channels_, i % channels_));
    }
    return blob.data();
  }

  void normalise_images(ConstTensor x, Tensor y) {
    const float* squares = products(x, x, {1, images_, channels_ * space_});
    for (size_t n = 0; n < inverses_.size(); ++n) inverses_[n] = inverse(squares[n]);
    const ConstTensor factor = filled(factor_, [&](int64_t n, int64_t c) {
      return inverses_[static_cast<size_t>(n)] * scale(c);
    });
    kernels().channel_map(x, {{}, factor, {}}, each_channel(), y);
  }

  std::vector<double> scales_of_images(ConstTensor x, ConstTensor dy) {
    std::vector<double> gradient(static_cast<size_t>(channels_));
    const float* sums = products(dy, x, each_channel());
    for (size_t i = 0; i < static_cast<size_t>(images_ * channels_); ++i) {
      gradient[i % gradient.size()] += double{sums[i]} * inverses_[i / gradient.size()];
    }
    return gradient;
  }

  void images_backward(ConstTensor x, ConstTensor dy, Tensor dx) {
    const float* sums = products(dy, x, {1, images_, channels_ * space_});
    const auto rate = [&](int64_t n, int64_t c) {
      return inverses_[static_cast<size_t>(n)] * scale(c);
    };
    const ConstTensor factor = filled(factor_, rate);
    const ConstTensor slope = filled(slope_, [&](int64_t n, int64_t c) {
      const double inverse = inverses_[static_cast<size_t>(n)];
      return -rate(n, c) * inverse * inverse * sums[n];
    });
    kernels().channel_blend(dy, {{}, factor, {}}, x, {{}, slope, {}}, each_channel(), dx);
  }

  // Sums over a place's channels, for some neighbours at once, in either order of the values.

  // body(place, first value, neighbours)
  template <class Body>
  void for_each_places(Place place, const Body& body) const {
    const int64_t blocks = divide_up(space_, kPlaces);
    const int64_t step = place == Place::kHostNhwc ? channels_ : 1;
    parallel_for(images_ * blocks, grain_of(channels_ * std::min(space_, kPlaces)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t task = begin; task < end; ++task) {
                     const int64_t n = task / blocks, first = task % blocks * kPlaces;
                     body(n * space_ + first, n * channels_ * space_ + first * step,
                          std::min(kPlaces, space_ - first));
                   }
                 });
  }

  // body(channel, neighbour, value) for all of `count` neighbours, in the order of the values.
  template <class Body>
  void for_each_value(Place place, int64_t first, int64_t count, const Body& body) const {
    if (place == Place::kHostNhwc) {
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t c = 0; c < channels_; ++c) body(c, i, first + i * channels_ + c);
      }
    } else {
      for (int64_t c = 0; c < channels_; ++c) {
        for (int64_t i = 0; i < count; ++i) body(c, i, first + c * space_ + i);
      }
    }
  }

  // The order in which the values lie, if axis 1 is the channels'.
  Place place_of(std::initializer_list<ConstTensor> operands) const {
    return operands.begin()->shape().axes() > 2 ? common_place(operands) : Place::kHost;
  }

  void normalise_places(ConstTensor x, Tensor y) {
    const Place order = place_of({x});
    const std::vector<float> factors = scales();
    const float* in = x.read(order);
    float* out = y.write(order);
    for_each_places(order, [&](int64_t place, int64_t first, int64_t count) {
      double squares[kPlaces] = {};
      for_each_value(order, first, count, [&](int64_t, int64_t i, int64_t at) {
        squares[i] += double{in[at]} * in[at];
      });
      float* inverses = inverses_.data() + place;
      for (int64_t i = 0; i < count; ++i) inverses[i] = inverse(squares[i]);
      for_each_value(order, first, count, [&](int64_t c, int64_t i, int64_t at) {
        out[at] = in[at] * inverses[i] * factors[static_cast<size_t>(c)];
      });
    });
  }

  std::vector<double> scales_of_places(ConstTensor x, ConstTensor dy) const {
    const Place order = place_of({x, dy});
    const float* in = x.read(order);
    const float* slope = dy.read(order);
    const bool last = order == Place::kHostNhwc;
    constexpr int64_t kChannels = 16;
    std::vector<double> gradient(static_cast<size_t>(channels_));
    const int64_t blocks = divide_up(channels_, kChannels);
    parallel_for(blocks, grain_of(kChannels * images_ * space_), [&](int64_t begin, int64_t end) {
      const int64_t from = begin * kChannels, to = std::min(end * kChannels, channels_);
      for (int64_t n = 0; n < images_; ++n) {
        const float* inverses = inverses_.data() + n * space_;
        const auto add = [&](int64_t c, int64_t i, int64_t at) {
          gradient[static_cast<size_t>(c)] += double{slope[at]} * in[at] * inverses[i];
        };
        const int64_t image = n * channels_ * space_;
        if (last) {
          for (int64_t i = 0; i < space_; ++i) {
            for (int64_t c = from; c < to; ++c) add(c, i, image + i * channels_ + c);
          }
        } else {
          for (int64_t c = from; c < to; ++c) {
            for (int64_t i = 0; i < space_; ++i) add(c, i, image + c * space_ + i);
          }
        }
      }
    });
    return gradient;
  }

  void places_backward(ConstTensor x, ConstTensor dy, Tensor dx) const {
    const Place order = place_of({x, dy});
    const float* in = x.read(order);
    const float* slope = dy.read(order);
    const std::vector<float> factors = scales();
    float* out = dx.write(order);
    for_each_places(order, [&](int64_t place, int64_t first, int64_t count) {
      double products[kPlaces] = {};
      for_each_value(order, first, count, [&](int64_t, int64_t i, int64_t at) {
        products[i] += double{slope[at]} * in[at];
      });
      const float* inverses = inverses_.data() + place;
      float rates[kPlaces];
      for (int64_t i = 0; i < count; ++i) {
        rates[i] = static_cast<float>(products[i] * inverses[i] * inverses[i]);
      }
      for_each_value(order, first, count, [&](int64_t c, int64_t i, int64_t at) {
        out[at] = factors[static_cast<size_t>(c)] * inverses[i] * (slope[at] - in[at] * rates[i]);
      });
    });
  }

  void check_axes(const BlobPointers& bottom) const {
    if (bottom[0]->axes() >= 2) return;
    fail(Status::kShape, bottom_name(0), " must have at least 2 axes (N x C), its shape is ",
         bottom[0]->shape());
  }

  static constexpr int64_t kPlaces = 64;

  int64_t images_ = 0, channels_ = 0, space_ = 0;
  std::vector<float> inverses_;  // of the norms of images or places
  Blob factor_, slope_;          // what the kernels are given
  Blob products_;
  KeptBottom kept_;
};

const LayerRegistration<NormalizeLayer> registration("Normalize");

}  // namespace
}  // namespace caffe
