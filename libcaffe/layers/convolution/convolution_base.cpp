#include "layers/convolution/convolution_base.hpp"

namespace caffe {

namespace {

Shape with_batch(int64_t batch, int64_t channels, const std::vector<int64_t>& space) {
  std::vector<int64_t> dims = {batch, channels};
  dims.insert(dims.end(), space.begin(), space.end());
  return Shape(dims);
}

}  // namespace

void ConvolutionBase::init(const BlobPointers& bottom, const BlobPointers& top) {
  reject_in_place(bottom, top);
  const ConvolutionParameter& wanted = *param().convolution_param;
  axis_ = bottom_axis(bottom, 0, wanted.axis, "convolution_param.axis");
  const Shape& shape = bottom[0]->shape();
  channels_ = shape[axis_];
  axes_ = shape.axes();
  geometry_ = read_geometry(wanted, axes_ - axis_ - 1);
  const Counts count = counts(channels_);
  check_counts(count);
  outputs_ = count.outputs;

  std::vector<int64_t> dims = {outputs_, channels_ / count.group};
  if (transposed()) dims = {channels_, outputs_ / count.group};
  dims.insert(dims.end(), geometry_.kernel.begin(), geometry_.kernel.end());
  add_parameter(Shape(dims), *wanted.weight_filler);
  if (wanted.bias_term) add_parameter({outputs_}, *wanted.bias_filler);
  spec_.weights = blobs()[0]->shape();
  spec_.kernel = geometry_.kernel;
  spec_.stride = geometry_.stride;
  spec_.pad = geometry_.pad;
  spec_.dilation = geometry_.dilation;
  spec_.group = count.group;
  spec_.bias = wanted.bias_term && !transposed();
  spec_.transposed = transposed();
  spec_.training = phase() == TRAIN;
  const bool plain_sums = wanted.engine == ConvolutionParameter::CAFFE;
  spec_.method =
      plain_sums ? ConvolutionMethod::kDirect : convolution_method(options().convolution);
}

void ConvolutionBase::reshape(const BlobPointers& bottom, const BlobPointers& top) {
  check_bottoms(bottom);
  const Shape& shape = bottom[0]->shape();
  const std::vector<int64_t> space(shape.dims().begin() + axis_ + 1, shape.dims().end());
  const std::vector<int64_t> top_space = with_context(
      [&] { return bottom_name(0); },
      [&] { return transposed() ? geometry_.deconvolved(space) : geometry_.convolved(space); });

  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().begin() + axis_);
  dims.push_back(outputs_);
  dims.insert(dims.end(), top_space.begin(), top_space.end());
  for (Blob* each : top) each->reshape(Shape(dims));

  const Shape bottom_seen = with_batch(shape.count(0, axis_), channels_, space);
  if (bottom_seen == bottom_shape()) return;
  const Shape top_seen = with_batch(shape.count(0, axis_), outputs_, top_space);
  spec_.bottom = transposed() ? top_seen : bottom_seen;
  spec_.top = transposed() ? bottom_seen : top_seen;
  operation_ = nullptr;
}

Convolution& ConvolutionBase::operation() {
  if (operation_ == nullptr) operation_ = kernels().convolution(spec_);
  return *operation_;
}

int64_t ConvolutionBase::flops(const BlobPointers& /*bottom*/, const BlobPointers& top) const {
  // Every value of the side that the convolution leads to is met by the weights of one output.
  const int64_t products = spec_.top.count() * (blobs()[0]->count() / spec_.top[1]);
  const int64_t sums = bias() ? top_shape().count() : 0;
  return static_cast<int64_t>(top.size()) * (2 * products + sums);
}

ConvolutionBase::Counts ConvolutionBase::counts(int64_t /*channels*/) const {
  const ConvolutionParameter& wanted = *param().convolution_param;
  return {wanted.num_output, wanted.group};
}

void ConvolutionBase::prepare_for_training() {
  if (spec_.training) return;
  spec_.training = true;
  operation_ = nullptr;
}

std::optional<Tensor> ConvolutionBase::weight_diff() {
  if (!param_propagate_down(0)) return std::nullopt;
  return blobs()[0]->diff();
}

std::optional<Tensor> ConvolutionBase::bias_diff() {
  if (!bias() || !param_propagate_down(1)) return std::nullopt;
  return blobs()[1]->diff();
}

void ConvolutionBase::check_counts(const Counts& wanted) const {
  if (wanted.outputs == 0) {
    fail(Status::kInvalidArgument, "convolution_param.num_output must be given, at least 1");
  }
  if (wanted.group == 0) {
    fail(Status::kInvalidArgument, "convolution_param.group must be at least 1, not 0");
  }
  if (channels_ % wanted.group != 0) {
    fail(Status::kShape, bottom_name(0), " has ", channels_,
         " channels, which is no multiple of convolution_param.group: ", wanted.group);
  }
  if (wanted.outputs % wanted.group != 0) {
    fail(Status::kInvalidArgument, "convolution_param.num_output: ", wanted.outputs,
         " is no multiple of group: ", wanted.group);
  }
}

void ConvolutionBase::check_bottoms(const BlobPointers& bottom) const {
  for (size_t i = 0; i < bottom.size(); ++i) {
    const Shape& shape = bottom[i]->shape();
    if (i > 0 && !(shape == bottom[0]->shape())) {
      fail(Status::kShape, bottom_name(i), " has shape ", shape, ", but ", bottom_name(0), " has ",
           bottom[0]->shape(), "; all bottoms must agree");
    }
    if (shape.axes() != axes_ || shape[axis_] != channels_) {
      fail(Status::kShape, bottom_name(i), " has shape ", shape, "; the weights are for ", axes_,
           " axes with ", channels_, " channels on axis ", axis_);
    }
  }
}

}  // namespace caffe
