// The vocabulary on a backend's table: where operands lie, what is overwritten, what is nothing to
// do. Families of functions have files of their own.
#include "kernels/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/launch.hpp"
#include "kernels/operands.hpp"
#include "kernels/reference/reference.hpp"

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

caffe_lrn_spec lrn_of(const LrnSpec& spec) {
  return {view_of(spec.view), spec.size, spec.alpha, spec.beta, spec.k};
}

// Each value of y is made of those of a and of b.
template <class Function>
void combine(const Kernels& kernels, Function caffe_kernel_table::* function, ConstTensor a,
             ConstTensor b, Tensor y) {
  const Launch launch(kernels, function);
  const Place place = place_of(launch, {a, b}, y);
  const float* left = launch.read(a, place);
  const float* right = launch.read(b, place);
  launch(left, right, launch.write(y, place), y.count());
}

template <class Function>
caffe_channel_map map_of(const Launch<Function>& launch, const ChannelMap& map) {
  return {launch.read(map.centre), launch.read(map.scale), launch.read(map.shift)};
}

}  // namespace

Kernels::Kernels() : device_(host_device()), table_(&reference_table()) {}

Kernels::Kernels(Device& device)
    : device_(device),
      queue_(Queue::make(device)),
      table_(&own_table_),
      own_table_(table_of(device)) {}

std::string Kernels::name() const {
  if (device_.is_host()) return "reference";
  return device_.name().substr(0, device_.name().find(':'));
}

Kernels::~Kernels() {
  if (queue_ != nullptr) queue_->drain();
}

void Kernels::wait() const {
  if (queue_ != nullptr) queue_->wait(queue_->command());
}

void Kernels::gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                   const Matrix& a, const Matrix& b, float beta, Tensor c, int64_t c_offset) {
  const Launch launch(*this, &caffe_kernel_table::gemm);
  const float* left = launch.read(a);
  const float* right = launch.read(b);
  const bool whole = beta == 0 && m * n == c.count();
  float* out = (whole       ? launch.write(c)
                : beta == 0 ? launch.write_part(c)
                            : launch.update(c)) +
               c_offset;
  launch(int{transpose_a}, int{transpose_b}, m, n, k, alpha, left, right, beta, out);
}

void Kernels::relu(ConstTensor x, float negative_slope, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::relu);
  const Place place = place_of(launch, {x}, y);
  const float* in = launch.read(x, place);
  launch(in, negative_slope, launch.write(y, place), x.count());
}

void Kernels::relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::relu_backward);
  const Place place = place_of(launch, {x, dy}, dx);
  const float* in = launch.read(x, place);
  const float* gradient = launch.read(dy, place);
  launch(in, gradient, negative_slope, launch.write(dx, place), x.count());
}

void Kernels::map(const Function& function, ConstTensor x, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::map);
  const Place place = place_of(launch, {x}, y);
  const float* in = launch.read(x, place);
  launch(function, in, launch.write(y, place), x.count());
}

void Kernels::map_backward(const Function& function, ConstTensor x, ConstTensor y, ConstTensor dy,
                           Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::map_backward);
  const Place place = place_of(launch, {dy, x, y}, dx);
  const float* in = launch.read(x, place);
  const float* out = launch.read(y, place);
  const float* gradient = launch.read(dy, place);
  launch(function, in, out, gradient, launch.write(dx, place), dy.count());
}

void Kernels::map_part(const Function& function, const Matrix& x, const Part& y, int64_t count) {
  const Launch launch(*this, &caffe_kernel_table::map);
  const float* in = launch.read(x);
  launch(function, in, launch.write(y), count);
}

void Kernels::map_part_backward(const Function& function, const Matrix& x, const Matrix& y,
                                const Matrix& dy, const Part& dx, int64_t count) {
  const Launch launch(*this, &caffe_kernel_table::map_backward);
  const float* in = launch.read(x);
  const float* out = launch.read(y);
  const float* gradient = launch.read(dy);
  launch(function, in, out, gradient, launch.write(dx), count);
}

void Kernels::negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::negative_power);
  const Place place = place_of(launch, {x}, y);
  const float* in = launch.read(x, place);
  launch(shift, scale, exponent, in, launch.write(y, place), x.count());
}

void Kernels::softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::softmax);
  const Lie lie(launch, spec, {x});
  const float* in = launch.read(x, lie.place);
  launch(in, lie.view, launch.write(y, lie.place));
}

void Kernels::softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::softmax_backward);
  const Lie lie(launch, spec, {y, dy});
  const float* top = launch.read(y, lie.place);
  const float* gradient = launch.read(dy, lie.place);
  launch(top, gradient, lie.view, launch.write(dx, lie.place));
}

void Kernels::lrn(ConstTensor x, const LrnSpec& spec, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::lrn);
  const float* in = launch.read(x);
  launch(in, lrn_of(spec), launch.write(y));
}

void Kernels::lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::lrn_backward);
  const float* in = launch.read(x);
  const float* gradient = launch.read(dy);
  launch(in, gradient, lrn_of(spec), launch.write(dx));
}

void Kernels::lrn_within_ratios(ConstTensor x, ConstTensor dy, ConstTensor means,
                                ConstTensor powers, float alpha, Tensor ratios) {
  const Launch launch(*this, &caffe_kernel_table::lrn_within_ratios);
  const Place place = place_of(launch, {x, dy, means, powers}, ratios);
  const float* in = launch.read(x, place);
  const float* gradient = launch.read(dy, place);
  const float* mean = launch.read(means, place);
  const float* power = launch.read(powers, place);
  launch(in, gradient, mean, power, alpha, launch.write(ratios, place), x.count());
}

void Kernels::lrn_within_backward(ConstTensor x, ConstTensor dy, ConstTensor powers,
                                  ConstTensor around, float factor, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::lrn_within_backward);
  const Place place = place_of(launch, {x, dy, powers, around}, dx);
  const float* in = launch.read(x, place);
  const float* gradient = launch.read(dy, place);
  const float* power = launch.read(powers, place);
  const float* sums = launch.read(around, place);
  launch(in, gradient, power, sums, factor, launch.write(dx, place), x.count());
}

void Kernels::channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::channel_map);
  const Lie lie(launch, view, {x});
  const float* in = launch.read(x, lie.place);
  const caffe_channel_map of_x = map_of(launch, map);
  launch(in, of_x, lie.view, launch.write(y, lie.place));
}

void Kernels::channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z,
                            const ChannelMap& map_z, const ChannelView& view, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::channel_blend);
  const Lie lie(launch, view, {x, z});
  const float* first = launch.read(x, lie.place);
  const float* second = launch.read(z, lie.place);
  const caffe_channel_map of_x = map_of(launch, map), of_z = map_of(launch, map_z);
  launch(first, of_x, second, of_z, lie.view, launch.write(y, lie.place));
}

void Kernels::channel_sums(ConstTensor x, std::optional<ConstTensor> z,
                           std::optional<ConstTensor> centre, const ChannelView& view, bool add,
                           std::optional<Tensor> sums, std::optional<Tensor> products) {
  const Launch launch(*this, &caffe_kernel_table::channel_sums);
  const Lie lie(launch, view, {x, z.value_or(x)});
  const float* first = launch.read(x, lie.place);
  const float* second = z ? launch.read(*z, lie.place) : nullptr;
  const float* centres = launch.read(centre);
  float* of_x = add ? launch.update(sums) : launch.write(sums);
  float* of_both = add ? launch.update(products) : launch.write(products);
  launch(first, second, centres, lie.view, int{add}, of_x, of_both);
}

void Kernels::channel_statistics(ConstTensor x, const ChannelView& view, Tensor mean,
                                 Tensor variance) {
  const Launch launch(*this, &caffe_kernel_table::channel_statistics);
  const Lie lie(launch, view, {x});
  const float* in = launch.read(x, lie.place);
  float* means = launch.write(mean);
  launch(in, lie.view, means, launch.write(variance));
}

void Kernels::prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::prelu);
  const Lie lie(launch, view, {x});
  const float* in = launch.read(x, lie.place);
  const float* slope = launch.read(slopes);
  launch(in, slope, lie.view, launch.write(y, lie.place));
}

void Kernels::prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy,
                             const ChannelView& view, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::prelu_backward);
  const Lie lie(launch, view, {x, dy});
  const float* in = launch.read(x, lie.place);
  const float* slope = launch.read(slopes);
  const float* gradient = launch.read(dy, lie.place);
  launch(in, slope, gradient, lie.view, launch.write(dx, lie.place));
}

void Kernels::prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                                    Tensor dslopes) {
  const Launch launch(*this, &caffe_kernel_table::prelu_backward_slopes);
  const Lie lie(launch, view, {x, dy});
  const float* in = launch.read(x, lie.place);
  const float* gradient = launch.read(dy, lie.place);
  launch(in, gradient, lie.view, launch.update(dslopes));
}

void Kernels::deviation(ConstTensor variance, std::optional<ConstTensor> scale, float eps,
                        bool plus, Tensor inverse, Tensor factor) {
  const Launch launch(*this, &caffe_kernel_table::deviation);
  const float* variances = launch.read(variance);
  const float* scales = launch.read(scale);
  float* inverses = launch.write(inverse);
  launch(variances, scales, eps, int{plus}, inverses, launch.write(factor), variance.count());
}

void Kernels::normaliser_backward(const NormaliserGradients& gradients, float count) {
  const Launch launch(*this, &caffe_kernel_table::normaliser_backward);
  const float* sums = launch.read(gradients.sums);
  const float* products = launch.read(gradients.products);
  const float* inverse = launch.read(gradients.inverse);
  const float* scale = launch.read(gradients.scale);
  float* mean_gradient = launch.write(gradients.mean_gradient);
  float* factor = launch.write(gradients.factor);
  float* slope = launch.write(gradients.slope);
  float* dscale = launch.update(gradients.dscale);
  launch(sums, products, inverse, scale, count, mean_gradient, factor, slope, dscale,
         gradients.sums.count());
}

void Kernels::fill(float value, Tensor y) {
  // Zeros need not be written: a cleared storage reads as zeros.
  if (value == 0 && !std::signbit(value)) return y.clear();
  const Launch launch(*this, &caffe_kernel_table::fill);
  launch(value, launch.write(y), y.count());
}

void Kernels::copy(ConstTensor x, Tensor y) {
  if (x.same_storage(y) || x.count() == 0) return;
  const Launch launch(*this, &caffe_kernel_table::copy);
  const Place place = place_of(launch, {x}, y);
  const float* in = launch.read(x, place);
  launch(in, launch.write(y, place), x.count());
}

void Kernels::axpby(float a, ConstTensor x, float b, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::axpby);
  // With b = 0 what is in y does not count, not even a NaN.
  const bool overwrites = b == 0 && !x.same_storage(y);
  const Place place = overwrites ? place_of(launch, {x}, y) : launch.common({x, y});
  const float* in = launch.read(x, place);
  launch(a, in, b, overwrites ? launch.write(y, place) : launch.update(y, place), x.count());
}

void Kernels::scale(float a, Tensor y) {
  if (y.empty() || a == 1) return;
  const Launch launch(*this, &caffe_kernel_table::scale);
  launch(a, launch.update(y, launch.common({y})), y.count());
}

void Kernels::multiply(ConstTensor a, ConstTensor b, Tensor y) {
  combine(*this, &caffe_kernel_table::multiply, a, b, y);
}

void Kernels::divide(ConstTensor a, ConstTensor b, Tensor y) {
  combine(*this, &caffe_kernel_table::divide, a, b, y);
}

void Kernels::divide_by(ConstTensor x, ConstTensor divisor, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::divide_by);
  const Place place = place_of(launch, {x}, y);
  const float* in = launch.read(x, place);
  const float* value = launch.read(divisor);
  launch(in, value, launch.write(y, place), x.count());
}

void Kernels::weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                           Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::weighted_sum);
  const Place place = x[0].shape() == y.shape() ? launch.common(x) : launch.plain();
  std::vector<const float*> in;
  for (const ConstTensor& each : x) in.push_back(launch.read(each, place));
  float* out = launch.write(y, place);
  caffe_operands operands = {};
  for (size_t i = 0; i < in.size(); ++i) {
    const auto at = static_cast<size_t>(operands.count++);
    operands.values[at] = in[i];
    operands.factors[at] = factors[i];
    if (operands.count < CAFFE_MAX_OPERANDS && i + 1 < in.size()) continue;
    launch(operands, out, y.count());
    operands = {1, {out}, {1}};  // the next ones are added
  }
}

void Kernels::maximum(const std::vector<ConstTensor>& x, Tensor y, Tensor index) {
  const Launch launch(*this, &caffe_kernel_table::maximum);
  const Place place = launch.common(x);
  std::vector<const float*> in;
  for (const ConstTensor& each : x) in.push_back(launch.read(each, place));
  float* out = launch.write(y, place);
  float* which = launch.write(index, place);
  for (size_t first = 0; first < in.size(); first += CAFFE_MAX_OPERANDS) {
    caffe_operands operands = {};
    for (size_t i = first; i < std::min<size_t>(in.size(), first + CAFFE_MAX_OPERANDS); ++i) {
      operands.values[operands.count++] = in[i];
    }
    launch(operands, static_cast<int32_t>(first), out, which, y.count());
  }
}

void Kernels::select(ConstTensor index, int wanted, ConstTensor dy, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::select);
  const Place place = launch.common({index, dy});
  const float* which = launch.read(index, place);
  const float* gradient = launch.read(dy, place);
  launch(which, static_cast<float>(wanted), gradient, launch.write(dx, place), dx.count());
}

void Kernels::dropout_mask(const Rng& rng, float ratio, float scale, ConstTensor like,
                           Tensor mask) {
  const Launch launch(*this, &caffe_kernel_table::dropout_mask);
  const Shape& shape = mask.shape();
  const Place place = place_of(launch, {like}, mask);
  const caffe_random random = {rng.seed(), rng.stream(), rng.first_group()};
  const bool last = place.channels_last();
  const int64_t images = last ? shape[0] : 1, channels = last ? shape[1] : 1;
  const int64_t space = last ? shape.count(2) : shape.count();
  launch(random, ratio, scale, images, channels, space, int{last}, launch.write(mask, place));
}

void Kernels::reduce(Reduction reduction, ConstTensor x, std::optional<ConstTensor> z,
                     double factor, Tensor y) {
  const Launch launch(*this, &caffe_kernel_table::reduce);
  const int64_t rows = y.count(), columns = rows == 0 ? 0 : x.count() / rows;
  const ConstTensor other = z.value_or(x);
  // One row is the same in any order.
  const Place place = rows == 1 ? launch.common({x, other}) : launch.plain();
  const float* in = launch.read(x, place);
  const float* second = launch.read(other, place);
  launch(static_cast<int>(reduction), in, second, rows, columns, factor, launch.write(y));
}

double Kernels::total(Reduction reduction, ConstTensor x, ConstTensor z) {
  if (x.empty()) return 0;
  if (queue_ == nullptr) {
    return reference::total(static_cast<int>(reduction), x.read(), z.read(), x.count());
  }
  Blob sum(Shape{1});
  reduce(reduction, x, z, 1, sum.data());
  return *sum.data().read();
}

namespace {

// Without axes of one step, and neighbours that are one walk made one.
Strides simplified(const Strides& strides) {
  Strides simple;
  simple.from_offset = strides.from_offset;
  simple.to_offset = strides.to_offset;
  for (size_t i = 0; i < strides.extents.size(); ++i) {
    const int64_t extent = strides.extents[i], from = strides.from[i], to = strides.to[i];
    if (extent == 1) continue;
    if (!simple.extents.empty() && simple.from.back() == extent * from &&
        simple.to.back() == extent * to) {
      simple.extents.back() *= extent;
      simple.from.back() = from;
      simple.to.back() = to;
    } else {
      simple.add(extent, from, to);
    }
  }
  return simple;
}

// use(strides, offsets, again) for parts of a walk that have few enough axes; `again` when another
// one has been to the same places of the second tensor.
template <class Use>
void for_each_part(const Strides& strides, size_t axis, int64_t from, int64_t to, bool again,
                   const Use& use) {
  const size_t left = strides.extents.size() - axis;
  if (left <= CAFFE_MAX_AXES) {
    caffe_strides part = {};
    part.axes = static_cast<int32_t>(left);
    std::copy(strides.extents.begin() + static_cast<std::ptrdiff_t>(axis), strides.extents.end(),
              part.extents);
    std::copy(strides.from.begin() + static_cast<std::ptrdiff_t>(axis), strides.from.end(),
              part.from);
    std::copy(strides.to.begin() + static_cast<std::ptrdiff_t>(axis), strides.to.end(), part.to);
    return use(part, from, to, again);
  }
  for (int64_t i = 0; i < strides.extents[axis]; ++i) {
    for_each_part(strides, axis + 1, from + i * strides.from[axis], to + i * strides.to[axis],
                  again || (i > 0 && strides.to[axis] == 0), use);
  }
}

}  // namespace

void Kernels::strided(bool sums, const Strides& strides, Into into, ConstTensor x, Tensor y,
                      Order x_order, Order y_order) {
  const Launch launch(*this,
                      sums ? &caffe_kernel_table::strided_sum : &caffe_kernel_table::strided_copy);
  if (std::count(strides.extents.begin(), strides.extents.end(), 0) > 0) {
    if (into == Into::kWhole) y.clear();
    return;
  }
  const Place to = launch.plain().in(y_order);
  const float* in = launch.read(x, launch.plain().in(x_order));
  float* out = into == Into::kWhole ? launch.write(y, to) : launch.update(y, to);
  const Strides simple = simplified(strides);
  for_each_part(simple, 0, simple.from_offset, simple.to_offset, false,
                [&](const caffe_strides& part, int64_t from, int64_t to, bool again) {
                  launch(part, int{again || into == Into::kAdd}, in + from, out + to);
                });
}

void Kernels::copy_strided(const Strides& strides, Into into, ConstTensor x, Tensor y,
                           Order x_order, Order y_order) {
  strided(false, strides, into, x, y, x_order, y_order);
}

void Kernels::sum_strided(const Strides& strides, Into into, ConstTensor x, Tensor y, Order x_order,
                          Order y_order) {
  strided(true, strides, into, x, y, x_order, y_order);
}

void Kernels::update(const std::vector<Update>& updates) {
  const Launch launch(*this, &caffe_kernel_table::update);
  caffe_updates some = {};
  for (const Update& each : updates) {
    const UpdateSpec& spec = each.spec;
    caffe_update& one = some.each[some.count++];
    one = {static_cast<int32_t>(spec.rule),
           int32_t{spec.l1},
           spec.gradient_scale,
           spec.decay,
           spec.rate,
           spec.momentum,
           spec.momentum2,
           spec.delta,
           nullptr,
           launch.read(each.diff),
           launch.update(each.histories[0]),
           nullptr,
           each.data.count()};
    one.data = launch.update(each.data);
    if (spec.histories() > 1) one.second = launch.update(each.histories[1]);
    if (some.count < CAFFE_MAX_UPDATES && &each != &updates.back()) continue;
    launch(some);
    some = {};
  }
}

}  // namespace caffe
