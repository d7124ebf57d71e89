// Convolution: y[o] = b[o] + sum over the group's channels c of (w[o, c] cross-correlated with
// x[c])
//
//   num_output       required, at least 1, a multiple of group
//   bias_term        true
//   kernel_size      required, at least 1 (or kernel_h and kernel_w)
//   stride           1 (or stride_h and stride_w)
//   pad              0 (or pad_h and pad_w): zeros around the bottom
//   dilation         1: the distance between two places of the kernel
//   group            1: outputs of the i-th group see the i-th group of channels only
//   weight_filler    constant 0
//   bias_filler      constant 0
//   axis             1: the channels'; axes before it are the batch, those behind it space
//   force_nd_im2col  accepted, and engine: both mean nothing here
//
// kernel_size, stride, pad and dilation are given once, or once for each spatial axis, of which
// there may be any number. Bottoms (all of one shape): batch x C x space. Tops, one each: batch x
// num_output x ((size + 2 pad - dilation (kernel - 1) - 1) / stride + 1, rounded down). Parameters:
// weights num_output x C / group x kernel, bias num_output.
//
//   layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
//           convolution_param { num_output: 96 kernel_size: 11 stride: 4
//           weight_filler { type: "msra" } } }
#include "layers/convolution_geometry.hpp"
#include "layers/filler.hpp"
#include "layers/layer.hpp"

namespace caffe {
namespace {

class ConvolutionLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, Arity::kAny, true}; }
  std::string implementation() const override {
    return operation_ == nullptr ? "" : operation_->implementation();
  }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    const ConvolutionParameter& wanted = *param().convolution_param;
    axis_ = bottom_axis(bottom, 0, wanted.axis, "convolution_param.axis");
    const Shape& shape = bottom[0]->shape();
    channels_ = shape[axis_];
    axes_ = shape.axes();
    geometry_ = read_geometry(wanted, axes_ - axis_ - 1);
    check_groups(wanted);

    std::vector<int64_t> dims = {wanted.num_output, channels_ / wanted.group};
    dims.insert(dims.end(), geometry_.kernel.begin(), geometry_.kernel.end());
    blobs().push_back(std::make_shared<Blob>(Shape(dims)));
    Rng weight_rng = filler_rng(0);
    fill(*blobs()[0], *wanted.weight_filler, weight_rng);
    if (wanted.bias_term) {
      blobs().push_back(std::make_shared<Blob>(Shape{wanted.num_output}));
      Rng bias_rng = filler_rng(1);
      fill(*blobs()[1], *wanted.bias_filler, bias_rng);
    }
    spec_.weights = blobs()[0]->shape();
    spec_.kernel = geometry_.kernel;
    spec_.stride = geometry_.stride;
    spec_.pad = geometry_.pad;
    spec_.dilation = geometry_.dilation;
    spec_.group = wanted.group;
    spec_.bias = wanted.bias_term;
    spec_.training = phase() == TRAIN;
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_bottoms(bottom);
    const Shape& shape = bottom[0]->shape();
    const std::vector<int64_t> space(shape.dims().begin() + axis_ + 1, shape.dims().end());
    const std::vector<int64_t> top_space =
        with_context([&] { return bottom_name(0); }, [&] { return geometry_.convolved(space); });

    std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + axis_);
    dims.push_back(spec_.weights[0]);
    dims.insert(dims.end(), top_space.begin(), top_space.end());
    for (Blob* each : top) each->reshape(Shape(dims));

    const Shape bottom_seen = with_batch(shape.count(0, axis_), channels_, space);
    if (operation_ != nullptr && bottom_seen == spec_.bottom) return;
    spec_.bottom = bottom_seen;
    spec_.top = with_batch(shape.count(0, axis_), spec_.weights[0], top_space);
    operation_ = kernels().convolution(spec_);
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    std::optional<ConstTensor> bias;
    if (spec_.bias) bias = blobs()[1]->data();
    for (size_t i = 0; i < bottom.size(); ++i) {
      operation_->forward(bottom[i]->data(), blobs()[0]->data(), bias, top[i]->data());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    if (!spec_.training) {
      spec_.training = true;
      operation_ = kernels().convolution(spec_);
    }
    std::optional<Tensor> weight_diff, bias_diff;
    if (param_propagate_down(0)) weight_diff = blobs()[0]->diff();
    if (spec_.bias && param_propagate_down(1)) bias_diff = blobs()[1]->diff();
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (weight_diff || bias_diff) {
        operation_->backward_weights(bottom[i]->data(), top[i]->diff(), weight_diff, bias_diff);
      }
      if (propagate_down[i]) {
        operation_->backward_data(top[i]->diff(), blobs()[0]->data(), bottom[i]->diff());
      }
    }
  }

 private:
  void check_groups(const ConvolutionParameter& wanted) const {
    if (wanted.num_output == 0) {
      fail(Status::kInvalidArgument, "convolution_param.num_output must be given, at least 1");
    }
    if (wanted.group == 0) {
      fail(Status::kInvalidArgument, "convolution_param.group must be at least 1, not 0");
    }
    if (channels_ % wanted.group != 0) {
      fail(Status::kShape, bottom_name(0), " has ", channels_,
           " channels, which is no multiple of convolution_param.group: ", wanted.group);
    }
    if (wanted.num_output % wanted.group != 0) {
      fail(Status::kInvalidArgument, "convolution_param.num_output: ", wanted.num_output,
           " is no multiple of group: ", wanted.group);
    }
  }

  void check_bottoms(const BlobPointers& bottom) const {
    for (size_t i = 0; i < bottom.size(); ++i) {
      const Shape& shape = bottom[i]->shape();
      if (i > 0 && !(shape == bottom[0]->shape())) {
        fail(Status::kShape, bottom_name(i), " has shape ", shape, ", but ", bottom_name(0),
             " has ", bottom[0]->shape(), "; all bottoms must agree");
      }
      if (shape.axes() != axes_ || shape[axis_] != channels_) {
        fail(Status::kShape, bottom_name(i), " has shape ", shape, "; the weights are for ", axes_,
             " axes with ", channels_, " channels on axis ", axis_);
      }
    }
  }

  static Shape with_batch(int64_t batch, int64_t channels, const std::vector<int64_t>& space) {
    std::vector<int64_t> dims = {batch, channels};
    dims.insert(dims.end(), space.begin(), space.end());
    return Shape(dims);
  }

  int axis_ = 1, axes_ = 0;
  int64_t channels_ = 0;
  ConvolutionGeometry geometry_;
  ConvolutionSpec spec_;
  std::unique_ptr<Convolution> operation_;
};

const LayerRegistration<ConvolutionLayer> registration("Convolution");

}  // namespace
}  // namespace caffe
