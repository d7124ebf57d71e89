// Losses, and what scores predictions.
#include "kernels/launch.hpp"
#include "kernels/operands.hpp"

namespace caffe {

void Kernels::softmax_loss(ConstTensor p, ConstTensor labels, std::optional<ConstTensor> weights,
                           const SoftmaxSpec& view, double divisor, std::optional<Tensor> each,
                           Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::softmax_loss);
  const Lie lie(launch, view, {p});
  const float* probabilities = launch.read(p, lie.place);
  const float* classes = launch.read(labels);
  const float* factors = launch.read(weights);
  float* terms = launch.write(each);
  launch(probabilities, classes, factors, lie.view, divisor, terms, launch.write(loss));
}

void Kernels::softmax_loss_backward(ConstTensor p, ConstTensor labels,
                                    std::optional<ConstTensor> weights, const SoftmaxSpec& view,
                                    float scale, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::softmax_loss_backward);
  const Lie lie(launch, view, {p});
  const float* probabilities = launch.read(p, lie.place);
  const float* classes = launch.read(labels);
  const float* factors = launch.read(weights);
  launch(probabilities, classes, factors, lie.view, scale, launch.write(dx, lie.place));
}

void Kernels::sigmoid_cross_entropy(ConstTensor x, ConstTensor targets,
                                    std::optional<float> ignored, double divisor, Tensor gradient,
                                    Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::sigmoid_cross_entropy);
  const float* in = launch.read(x);
  const float* wanted = launch.read(targets);
  float* slopes = launch.write(gradient);
  launch(in, wanted, int{ignored.has_value()}, ignored.value_or(0), divisor, slopes,
         launch.write(loss), x.count());
}

void Kernels::smooth_l1(ConstTensor a, ConstTensor b, std::optional<ConstTensor> inside,
                        std::optional<ConstTensor> outside, float sigma, double divisor,
                        Tensor gradient, Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::smooth_l1);
  const float* left = launch.read(a);
  const float* right = launch.read(b);
  const float* in = launch.read(inside);
  const float* out = launch.read(outside);
  float* slopes = launch.write(gradient);
  launch(left, right, in, out, sigma, divisor, slopes, launch.write(loss), a.count());
}

void Kernels::accuracy(ConstTensor scores, ConstTensor labels, const SoftmaxSpec& view,
                       int64_t top_k, bool ranks_ties, Tensor right) {
  const Launch launch(*this, &caffe_kernel_table::accuracy);
  const Lie lie(launch, view, {scores});
  const float* values = launch.read(scores, lie.place);
  const float* classes = launch.read(labels);
  launch(values, classes, lie.view, top_k, int{ranks_ties}, launch.write(right));
}

void Kernels::contrastive_loss(ConstTensor squares, ConstTensor similar, float margin, bool legacy,
                               double divisor, Tensor slopes, Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::contrastive_loss);
  const float* distances = launch.read(squares);
  const float* pairs = launch.read(similar);
  float* gradient = launch.write(slopes);
  launch(distances, pairs, margin, int{legacy}, divisor, gradient, launch.write(loss),
         squares.count());
}

void Kernels::hinge_loss(ConstTensor x, ConstTensor labels, bool squared, double divisor,
                         Tensor margins, Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::hinge_loss);
  const int64_t items = labels.count();
  const caffe_channel_view view = {items, items == 0 ? 0 : x.count() / items, 1};
  const float* in = launch.read(x);
  const float* classes = launch.read(labels);
  float* out = launch.write(margins);
  launch(in, classes, view, int{squared}, divisor, out, launch.write(loss));
}

void Kernels::infogain_loss(ConstTensor p, ConstTensor labels, std::optional<ConstTensor> gains,
                            const SoftmaxSpec& view, double divisor, Tensor loss) {
  const Launch launch(*this, &caffe_kernel_table::infogain_loss);
  const Lie lie(launch, view, {p});
  const float* probabilities = launch.read(p, lie.place);
  const float* classes = launch.read(labels);
  const float* factors = launch.read(gains);
  launch(probabilities, classes, factors, lie.view, divisor, launch.write(loss));
}

void Kernels::infogain_loss_backward(ConstTensor p, ConstTensor labels, ConstTensor gains,
                                     const SoftmaxSpec& view, float scale, Tensor dx) {
  const Launch launch(*this, &caffe_kernel_table::infogain_loss_backward);
  const Lie lie(launch, view, {p});
  const float* probabilities = launch.read(p, lie.place);
  const float* classes = launch.read(labels);
  const float* factors = launch.read(gains);
  launch(probabilities, classes, factors, lie.view, scale, launch.write(dx, lie.place));
}

void Kernels::multinomial_logistic_backward(ConstTensor p, ConstTensor labels,
                                            const SoftmaxSpec& view, float scale, Tensor dp) {
  const Launch launch(*this, &caffe_kernel_table::multinomial_logistic_backward);
  const Lie lie(launch, view, {p});
  const float* probabilities = launch.read(p, lie.place);
  const float* classes = launch.read(labels);
  launch(probabilities, classes, lie.view, scale, launch.write(dp, lie.place));
}

}  // namespace caffe
