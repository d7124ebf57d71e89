// Pooling: over each channel's windows, their maximum, average, or a value drawn from them.
//
//   pool            MAX; AVE; STOCHASTIC (stochastic_pooling.hpp)
//   kernel_size     required (or kernel_h and kernel_w), unless global_pooling
//   stride          1 (or stride_h and stride_w)
//   pad             0 (or pad_h and pad_w), less than the kernel; ignored by the maximum, counted
//                   as zeros by the average; none with STOCHASTIC
//   global_pooling  false; true: the window is the whole image
//   round_mode      CEIL, FLOOR
//   engine          accepted, means nothing here
//
// Bottom: N x C x H x W. Top: N x C x H' x W' with H' = (H + 2 pad - kernel) / stride + 1, rounded
// as round_mode says; with padding, a last window that would begin behind the image and its lower
// padding is dropped. Second top, for MAX: the index h * W + w of each maximum within its plane,
// the first one of equals.
//
//   layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1"
//           pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
#include "core/checked.hpp"
#include "layers/layer.hpp"
#include "layers/stochastic_pooling.hpp"

namespace caffe {
namespace {

struct Pair {
  int64_t h = 0, w = 0;
};

class PoolingLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override {
    // Only the maximum has a mask.
    return {1, 1, 1, param().pooling_param->pool == PoolingParameter::MAX ? 2 : 1, false};
  }
  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const PoolingParameter& wanted = *param().pooling_param;
    if (wanted.pool != PoolingParameter::MAX && wanted.pool != PoolingParameter::AVE &&
        wanted.pool != PoolingParameter::STOCHASTIC) {
      fail(Status::kInvalidArgument, "pooling_param.pool: ", static_cast<int>(wanted.pool),
           " is none of MAX, AVE and STOCHASTIC");
    }
    if (wanted.has_bin_size() || wanted.has_bin_h() || wanted.has_bin_w()) {
      fail(Status::kUnsupported, "pooling_param.bin_size, bin_h and bin_w are not supported");
    }
    read_kernel(wanted);
    stride_ = read_pair("stride", wanted.has_stride(), wanted.stride, wanted.has_stride_h(),
                        wanted.stride_h, wanted.has_stride_w(), wanted.stride_w);
    pad_ = read_pair("pad", wanted.has_pad(), wanted.pad, wanted.has_pad_h(), wanted.pad_h,
                     wanted.has_pad_w(), wanted.pad_w);
    check(wanted);
    spec_.training = phase() == TRAIN;
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    const Shape& shape = bottom[0]->shape();
    if (shape.axes() != 4) {
      fail(Status::kShape, bottom_name(0), " must have 4 axes (N x C x H x W), its shape is ",
           shape);
    }
    if (param().pooling_param->global_pooling) kernel_ = {shape[2], shape[3]};
    const bool padded = pad_.h > 0 || pad_.w > 0;
    const Shape top_shape = {shape[0], shape[1],
                             pooled(shape[2], kernel_.h, stride_.h, pad_.h, padded),
                             pooled(shape[3], kernel_.w, stride_.w, pad_.w, padded)};
    for (Blob* each : top) each->reshape(top_shape);
    if (ready_ && spec_.bottom == shape) return;
    spec_.bottom = shape;
    spec_.top = top_shape;
    prepare();
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    if (stochastic_) {
      const std::optional<Rng> rng = phase() == TRAIN ? std::optional(pass_rng()) : std::nullopt;
      return stochastic_->forward(bottom[0]->data(), top[0]->data(), rng);
    }
    std::optional<Tensor> mask;
    if (top.size() > 1) mask = top[1]->data();
    operation_->forward(bottom[0]->data(), top[0]->data(), mask);
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!propagate_down[0]) return;
    if (stochastic_) {
      return stochastic_->backward(bottom[0]->data(), top[0]->diff(), bottom[0]->diff());
    }
    if (!spec_.training) {
      // A gradient in phase TEST: the forward before it kept nothing, so it is run once more, from
      // now on for training. The top may have been changed in place since: it stays as it is.
      spec_.training = true;
      prepare();
      Blob scratch(top[0]->shape());
      operation_->forward(bottom[0]->data(), scratch.data(), std::nullopt);
    }
    operation_->backward(top[0]->diff(), bottom[0]->diff());
  }

 private:
  void read_kernel(const PoolingParameter& wanted) {
    const bool both = wanted.has_kernel_h() && wanted.has_kernel_w();
    const bool either = wanted.has_kernel_h() || wanted.has_kernel_w();
    if (wanted.global_pooling) {
      if (wanted.has_kernel_size() || either) {
        fail(Status::kInvalidArgument,
             "pooling_param.global_pooling takes the bottom's size; no kernel may be given");
      }
      return;
    }
    if (wanted.has_kernel_size() == either || (either && !both)) {
      fail(Status::kInvalidArgument,
           "pooling_param must give either kernel_size or both kernel_h and kernel_w");
    }
    kernel_ = both ? Pair{wanted.kernel_h, wanted.kernel_w}
                   : Pair{wanted.kernel_size, wanted.kernel_size};
    if (kernel_.h == 0 || kernel_.w == 0) {
      fail(Status::kInvalidArgument, "pooling_param: the kernel must be at least 1 x 1, not ",
           kernel_.h, " x ", kernel_.w);
    }
  }

  static Pair read_pair(const char* name, bool has, int64_t value, bool has_h, int64_t h,
                        bool has_w, int64_t w) {
    if (has_h != has_w || (has && has_h)) {
      fail(Status::kInvalidArgument, "pooling_param must give either ", name, " or both ", name,
           "_h and ", name, "_w");
    }
    return has_h ? Pair{h, w} : Pair{value, value};
  }

  void check(const PoolingParameter& wanted) const {
    if (stride_.h == 0 || stride_.w == 0) {
      fail(Status::kInvalidArgument, "pooling_param: the stride must be at least 1, not ",
           stride_.h, " x ", stride_.w);
    }
    const bool padded = pad_.h > 0 || pad_.w > 0;
    if (wanted.global_pooling && (padded || stride_.h != 1 || stride_.w != 1)) {
      fail(Status::kInvalidArgument,
           "pooling_param.global_pooling goes with stride 1 and pad 0 only");
    }
    if (padded && wanted.pool == PoolingParameter::STOCHASTIC) {
      fail(Status::kInvalidArgument, "pooling_param: STOCHASTIC pooling takes no pad");
    }
    if (padded && (pad_.h >= kernel_.h || pad_.w >= kernel_.w)) {
      fail(Status::kInvalidArgument, "pooling_param: the pad (", pad_.h, " x ", pad_.w,
           ") must be less than the kernel (", kernel_.h, " x ", kernel_.w, ")");
    }
  }

  int64_t pooled(int64_t size, int64_t kernel, int64_t stride, int64_t pad, bool padded) const {
    const int64_t room = size + 2 * pad - kernel;
    const bool ceil = param().pooling_param->round_mode != PoolingParameter::FLOOR;
    // Division rounds towards zero, which is up for negative numbers.
    const int64_t down = room >= 0 ? room / stride : -((-room + stride - 1) / stride);
    int64_t count = (ceil && room != down * stride ? down + 1 : down) + 1;
    if (padded && (count - 1) * stride >= size + pad) --count;
    if (count <= 0) {
      fail(Status::kShape, bottom_name(0), ": the kernel is too large: it reaches over ", kernel,
           " places, there are ", size + 2 * pad, " (size ", size, ", pad ", pad, ")");
    }
    return count;
  }

  void prepare() {
    spec_.kernel_h = kernel_.h;
    spec_.kernel_w = kernel_.w;
    spec_.stride_h = stride_.h;
    spec_.stride_w = stride_.w;
    spec_.pad_h = pad_.h;
    spec_.pad_w = pad_.w;
    const auto pool = param().pooling_param->pool;
    spec_.method = pool == PoolingParameter::AVE ? PoolingMethod::kAverage : PoolingMethod::kMax;
    if (pool == PoolingParameter::STOCHASTIC) {
      stochastic_ = std::make_unique<StochasticPooling>(spec_);
    } else {
      operation_ = kernels().pooling(spec_);
    }
    ready_ = true;
  }

  Pair kernel_, stride_, pad_;
  PoolingSpec spec_;
  bool ready_ = false;
  std::unique_ptr<Pooling> operation_;
  std::unique_ptr<StochasticPooling> stochastic_;
};

const LayerRegistration<PoolingLayer> registration("Pooling");

}  // namespace
}  // namespace caffe
