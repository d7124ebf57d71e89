// Convolution by oneDNN on channels-last replicas, weights in the order each primitive likes.
#include <optional>

#include "core/threads.hpp"
#include "kernels/cpu/onednn/convolution_backward_data.hpp"
#include "kernels/cpu/onednn/convolution_backward_weights.hpp"
#include "kernels/cpu/onednn/convolution_forward.hpp"
#include "kernels/cpu/onednn/onednn.hpp"

namespace caffe::onednn {

namespace {

constexpr const char* kWhat = "convolution";

class OnednnConvolution final : public Convolution {
 public:
  explicit OnednnConvolution(const ConvolutionSpec& spec) : spec_(spec) {
    forward_.emplace(spec);
    // Made now, so that a shape oneDNN has no backward for is the reference's from the start.
    if (spec.training || spec.transposed) backward_data_.emplace(spec);
    if (spec.training) backward_weights_.emplace(spec);
  }

  void forward(ConstTensor x, ConstTensor w, std::optional<ConstTensor> b,
               const FusedOperands& fused, Tensor y) override {
    guarded(kWhat, [&] {
      follow_threads();
      const float* in = x.as(spec_.bottom).read(Place::kHostNhwc);
      const float* weights = w.read();
      const Epilogue epilogue(spec_, fused);
      forward_->run(in, weights, w.version(), spec_.bias ? b->read() : nullptr, epilogue,
                    ResultRows(spec_, y));
    });
  }

  void backward_data(ConstTensor dy, ConstTensor w, Tensor dx) override {
    guarded(kWhat, [&] {
      follow_threads();
      if (!backward_data_) backward_data_.emplace(spec_);
      const float* gradient = dy.as(spec_.top).read(Place::kHostNhwc);
      const float* weights = w.read();
      backward_data_->run(gradient, weights, w.version(),
                          dx.as(spec_.bottom).write(Place::kHostNhwc));
    });
  }

  void backward_weights(ConstTensor x, ConstTensor dy, std::optional<Tensor> dw,
                        std::optional<Tensor> db) override {
    guarded(kWhat, [&] {
      if (!backward_weights_) backward_weights_.emplace(spec_);
      backward_weights_->run(x.as(spec_.bottom).read(Place::kHostNhwc),
                             dy.as(spec_.top).read(Place::kHostNhwc), dw, db);
    });
  }

  std::string implementation() const override { return "oneDNN " + forward_->implementation(); }

 private:
  // In inference the calls are made for a number of threads.
  void follow_threads() {
    if (spec_.training || forward_->threads() == num_threads()) return;
    forward_.emplace(spec_);
    backward_data_.reset();
  }

  const ConvolutionSpec spec_;
  std::optional<ConvolutionForward> forward_;
  std::optional<ConvolutionBackwardData> backward_data_;
  std::optional<ConvolutionBackwardWeights> backward_weights_;
};

// An image, and all weights, are what its kernels find their way in.
bool fits_onednn(const ConvolutionSpec& spec) {
  return fits(spec.bottom.dims()) && fits(spec.top.dims()) && fits(spec.weights.dims()) &&
         fits(spec.stride) && fits(spec.pad) && fits(spec.dilation) &&
         fits({spec.bottom.count(1), spec.top.count(1), spec.weights.count()});
}

}  // namespace

std::unique_ptr<Convolution> convolution(const ConvolutionSpec& spec) {
  if (spec.kernel.size() > 3 || spec.bottom.count() == 0 || spec.top.count() == 0) return nullptr;
  if (!fits_onednn(spec)) return nullptr;
  try {
    return std::make_unique<OnednnConvolution>(spec);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) fail_with(kWhat, error);
    return nullptr;
  }
}

}  // namespace caffe::onednn
