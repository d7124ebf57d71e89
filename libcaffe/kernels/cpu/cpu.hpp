// The CPU backend: oneDNN for what is mostly multiplication, loops of our own for the rest, on
// whichever host replica is valid. The reference takes what is left.
#pragma once

#include <memory>
#include <string>

#include "kernels/kernels.hpp"

namespace caffe {

class CpuKernels final : public Kernels {
 public:
  std::string name() const override { return "cpu"; }

  std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec) override;
  std::unique_ptr<InnerProduct> inner_product(const InnerProductSpec& spec) override;
  std::unique_ptr<Pooling> pooling(const PoolingSpec& spec) override;

  void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
            const Matrix& a, const Matrix& b, float beta, Tensor c, int64_t c_offset = 0) override;

  void relu(ConstTensor x, float negative_slope, Tensor y) override;
  void relu_backward(ConstTensor x, ConstTensor dy, float negative_slope, Tensor dx) override;
  void map(const Function& function, ConstTensor x, Tensor y) override;
  void negative_power(float shift, float scale, float exponent, ConstTensor x, Tensor y) override;
  void softmax(ConstTensor x, const SoftmaxSpec& spec, Tensor y) override;
  void softmax_backward(ConstTensor y, ConstTensor dy, const SoftmaxSpec& spec, Tensor dx) override;

  void channel_map(ConstTensor x, const ChannelMap& map, const ChannelView& view,
                   Tensor y) override;
  void channel_blend(ConstTensor x, const ChannelMap& map, ConstTensor z, const ChannelMap& map_z,
                     const ChannelView& view, Tensor y) override;
  void channel_sums(ConstTensor x, std::optional<ConstTensor> z, std::optional<ConstTensor> centre,
                    const ChannelView& view, bool add, std::optional<Tensor> sums,
                    std::optional<Tensor> products) override;
  void channel_statistics(ConstTensor x, const ChannelView& view, Tensor mean,
                          Tensor variance) override;
  void prelu(ConstTensor x, ConstTensor slopes, const ChannelView& view, Tensor y) override;
  void prelu_backward(ConstTensor x, ConstTensor slopes, ConstTensor dy, const ChannelView& view,
                      Tensor dx) override;
  void prelu_backward_slopes(ConstTensor x, ConstTensor dy, const ChannelView& view,
                             Tensor dslopes) override;

  void lrn(ConstTensor x, const LrnSpec& spec, Tensor y) override;
  void lrn_backward(ConstTensor x, ConstTensor dy, const LrnSpec& spec, Tensor dx) override;

  void copy(ConstTensor x, Tensor y) override;
  void axpby(float a, ConstTensor x, float b, Tensor y) override;
  void scale(float a, Tensor y) override;
  void multiply(ConstTensor a, ConstTensor b, Tensor y) override;
  void weighted_sum(const std::vector<ConstTensor>& x, const std::vector<float>& factors,
                    Tensor y) override;
  double total(Reduction reduction, ConstTensor x, ConstTensor z) override;
  void reduce(Reduction reduction, ConstTensor x, std::optional<ConstTensor> z, double factor,
              Tensor y) override;

  void update(const std::vector<Update>& updates) override;
};

}  // namespace caffe
