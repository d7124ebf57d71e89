#include "kernels/device/device_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/common_place.hpp"

namespace caffe {

namespace {

// What an older module's table lacks is null.
caffe_kernel_table table_of(const Device& device) {
  caffe_kernel_table table = {};
  if (const caffe_kernel_table* const theirs = device.table().kernels; theirs != nullptr) {
    std::memcpy(&table, theirs, std::min(sizeof table, theirs->size));
  }
  return table;
}

caffe_channel_view view_of(const ChannelView& view) {
  return {view.outer, view.channels, view.inner};
}

caffe_lrn_spec lrn_of(const LrnSpec& spec) {
  return {view_of(spec.view), spec.size, spec.alpha, spec.beta, spec.k};
}

}  // namespace

DeviceKernels::DeviceKernels(Device& device)
    : queue_(Queue::make(device)), table_(table_of(device)) {}

std::string DeviceKernels::name() const {
  const std::string& device = queue_->device().name();
  return device.substr(0, device.find(':'));
}

Place DeviceKernels::place_of(std::initializer_list<ConstTensor> operands) const {
  return common_place(operands, plain());
}

const float* DeviceKernels::read(ConstTensor x, Place place) const {
  return static_cast<const float*>(x.read(place, queue_));
}

float* DeviceKernels::write(Tensor y, Place place) const {
  return static_cast<float*>(y.write(place, queue_));
}

float* DeviceKernels::update(Tensor y, Place place) const {
  return static_cast<float*>(y.update(place, queue_));
}

caffe_channel_map DeviceKernels::read(const ChannelMap& map) const {
  return {map.centre ? read(*map.centre) : nullptr, map.scale ? read(*map.scale) : nullptr,
          map.shift ? read(*map.shift) : nullptr};
}

void DeviceKernels::relu(ConstTensor x, float negative_slope, Tensor y) {
  if (table_.relu == nullptr) return Kernels::relu(x, negative_slope, y);
  const Place place = place_of({x});
  const float* in = read(x, place);
  queue_->issue(table_.relu, in, negative_slope, write(y, place), x.count());
}

void DeviceKernels::relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) {
  if (table_.relu_backward == nullptr) return Kernels::relu_backward(x, dy, negative_slope, dx);
  const Place place = place_of({x, dy});
  const float* in = read(x, place);
  const float* gradient = read(dy, place);
  queue_->issue(table_.relu_backward, in, gradient, negative_slope, write(dx, place), x.count());
}

void DeviceKernels::curve(const Curve& function, ConstTensor x, Tensor y) {
  if (table_.curve == nullptr) return Kernels::curve(function, x, y);
  const Place place = place_of({x});
  const float* in = read(x, place);
  queue_->issue(table_.curve, static_cast<int>(function.kind), function.a, in, write(y, place),
                x.count());
}

void DeviceKernels::negative_power(float shift, float scale, float exponent, ConstTensor x,
                                   Tensor y) {
  if (table_.negative_power == nullptr) {
    return Kernels::negative_power(shift, scale, exponent, x, y);
  }
  const Place place = place_of({x});
  const float* in = read(x, place);
  queue_->issue(table_.negative_power, shift, scale, exponent, in, write(y, place), x.count());
}

void DeviceKernels::softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) {
  if (table_.softmax == nullptr) return Kernels::softmax(x, spec, y);
  const float* in = read(x);
  queue_->issue(table_.softmax, in, view_of(spec), write(y));
}

void DeviceKernels::softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec,
                                     Tensor dx) {
  if (table_.softmax_backward == nullptr) return Kernels::softmax_backward(y, dy, spec, dx);
  const float* top = read(y);
  const float* gradient = read(dy);
  queue_->issue(table_.softmax_backward, top, gradient, view_of(spec), write(dx));
}

void DeviceKernels::channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view,
                                Tensor y) {
  if (table_.channel_map == nullptr) return Kernels::channel_map(x, map, view, y);
  const float* in = read(x);
  const caffe_channel_map of_x = read(map);
  queue_->issue(table_.channel_map, in, of_x, view_of(view), write(y));
}

void DeviceKernels::channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z,
                                  const ChannelMap& map_z, const ChannelView& view, Tensor y) {
  if (table_.channel_blend == nullptr) return Kernels::channel_blend(x, map, z, map_z, view, y);
  const float* first = read(x);
  const float* second = read(z);
  const caffe_channel_map of_x = read(map), of_z = read(map_z);
  queue_->issue(table_.channel_blend, first, of_x, second, of_z, view_of(view), write(y));
}

void DeviceKernels::prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) {
  if (table_.prelu == nullptr) return Kernels::prelu(x, slopes, view, y);
  const float* in = read(x);
  const float* slope = read(slopes);
  queue_->issue(table_.prelu, in, slope, view_of(view), write(y));
}

void DeviceKernels::prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                                   const ChannelView& view, Tensor dx) {
  if (table_.prelu_backward == nullptr) return Kernels::prelu_backward(x, slopes, dy, view, dx);
  const float* in = read(x);
  const float* slope = read(slopes);
  const float* gradient = read(dy);
  queue_->issue(table_.prelu_backward, in, slope, gradient, view_of(view), write(dx));
}

void DeviceKernels::lrn(ConstTensor x, const LrnSpec& spec, Tensor y) {
  if (table_.lrn == nullptr) return Kernels::lrn(x, spec, y);
  const caffe_lrn_spec lrn = lrn_of(spec);
  const float* in = read(x);
  queue_->issue(table_.lrn, in, &lrn, write(y));
}

void DeviceKernels::lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx) {
  if (table_.lrn_backward == nullptr) return Kernels::lrn_backward(x, dy, spec, dx);
  const caffe_lrn_spec lrn = lrn_of(spec);
  const float* in = read(x);
  const float* gradient = read(dy);
  queue_->issue(table_.lrn_backward, in, gradient, &lrn, write(dx));
}

void DeviceKernels::fill(float value, Tensor y) {
  const bool zeros = value == 0 && !std::signbit(value);
  if (zeros || table_.fill == nullptr) return Kernels::fill(value, y);
  queue_->issue(table_.fill, value, write(y), y.count());
}

void DeviceKernels::copy(ConstTensor x, Tensor y) {
  if (x.same_storage(y) || x.count() == 0) return;
  const Place place = x.shape() == y.shape() ? place_of({x}) : plain();
  const float* in = read(x, place);
  queue_->copy(write(y, place), in, x.count() * static_cast<int64_t>(sizeof(float)),
               CAFFE_COPY_ON_DEVICE);
}

void DeviceKernels::axpby(float a, ConstTensor x, float b, Tensor y) {
  if (table_.axpby == nullptr) return Kernels::axpby(a, x, b, y);
  const bool overwrites = b == 0 && !x.same_storage(y);
  const Place place =
      overwrites ? x.shape() == y.shape() ? place_of({x}) : plain() : place_of({y, x});
  const float* in = read(x, place);
  queue_->issue(table_.axpby, a, in, b, overwrites ? write(y, place) : update(y, place), x.count());
}

void DeviceKernels::scale(float a, Tensor y) {
  if (table_.scale == nullptr) return Kernels::scale(a, y);
  queue_->issue(table_.scale, a, update(y, place_of({y})), y.count());
}

void DeviceKernels::multiply(ConstTensor a, ConstTensor b, Tensor y) {
  if (table_.multiply == nullptr) return Kernels::multiply(a, b, y);
  const Place place = place_of({a, b});
  const float* left = read(a, place);
  const float* right = read(b, place);
  queue_->issue(table_.multiply, left, right, write(y, place), y.count());
}

void DeviceKernels::weighted_sum(const std::vector<ConstTensor>& x,
                                 const std::vector<float>& factors, Tensor y) {
  if (table_.weighted_sum == nullptr) return Kernels::weighted_sum(x, factors, y);
  const Place place = common_place(x, plain());
  std::vector<const float*> in;
  for (const ConstTensor& each : x) in.push_back(read(each, place));
  queue_->issue(table_.weighted_sum, in.data(), factors.data(), static_cast<int>(in.size()),
                write(y, place), y.count());
}

void DeviceKernels::update(const std::vector<Update>& updates) {
  if (table_.update == nullptr) return Kernels::update(updates);
  std::vector<caffe_update> all;
  for (const Update& each : updates) {
    const UpdateSpec& spec = each.spec;
    caffe_update one = {};
    one.rule = static_cast<int32_t>(spec.rule);
    one.l1 = spec.l1;
    one.gradient_scale = spec.gradient_scale;
    one.decay = spec.decay;
    one.rate = spec.rate;
    one.momentum = spec.momentum;
    one.momentum2 = spec.momentum2;
    one.delta = spec.delta;
    one.diff = read(each.diff);
    one.data = update(each.data);
    one.first = update(each.histories[0]);
    if (spec.histories() > 1) one.second = update(each.histories[1]);
    one.count = each.data.count();
    all.push_back(one);
  }
  queue_->issue(table_.update, all.data(), static_cast<int64_t>(all.size()));
}

}  // namespace caffe
