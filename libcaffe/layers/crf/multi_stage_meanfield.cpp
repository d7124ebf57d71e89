// MultiStageMeanfield: mean field steps of a fully connected conditional random field as a
// recurrent net (Zheng and others, "Conditional Random Fields as Recurrent Neural Networks", ICCV
// 2015). With one Gaussian kernel of the distance between pixels, k_s, and one of distance and
// colour, k_b, each divided by its sum over all pixels:
//
//   q = softmax(x)     x = unary - compatibility (W_s (k_s q) + W_b (k_b q))
//
//   num_iterations                 1; steps, at least 2
//   theta_gamma                    10; standard deviation of k_s, in pixels
//   theta_alpha                    10; of k_b, in pixels
//   theta_beta                     10; of k_b, in values of the image
//   compatibility_mode             POTTS: the compatibility begins as minus the identity
//   spatial_filter_weights_str     what stands on the diagonal of W_s at first: a number for every
//                                  class, with blanks between
//   bilateral_filter_weights_str   the same for W_b
//   spatial_filter_weight          1; older: the number for all classes, used without the string
//   bilateral_filter_weight        1; the same for W_b
//   threshold, force_cpu, forced_spatial_filter_weight and forced_bilateral_filter_weight
//                                  accepted, mean nothing here
//
// Bottoms: unary (N x C x H x W), the first x (the same shape; the softmax is taken inside) and the
// image (N x 3 x H x W). Top: the last x, N x C x H x W. Parameters: W_s, W_b and compatibility,
// each 1 x 1 x C x C. The image counts as constant. Not in place.
//
// Fork: torrvision/caffe (crfrnn).
// Differs from the original: every item of a batch has its own image, and parameter diffs add up.
//
//   layer { name: "inference1" type: "MultiStageMeanfield" bottom: "unary" bottom: "Q0"
//           bottom: "data" top: "pred"
//           multi_stage_meanfield_param { num_iterations: 10 theta_alpha: 160 theta_beta: 3
//             theta_gamma: 3 spatial_filter_weight: 3 bilateral_filter_weight: 5 } }
#include <algorithm>
#include <sstream>

#include "core/threads.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/crf/mean_field.hpp"

namespace caffe {
namespace {

// A tensor over a vector's own memory; what a kernel has written is in the vector when it goes.
class VectorTensor {
 public:
  explicit VectorTensor(const std::vector<float>& values)
      : blob_(Shape{static_cast<int64_t>(values.size())}) {
    blob_.data_storage()->adopt(const_cast<float*>(values.data()), blob_.count(), nullptr);
  }
  ~VectorTensor() { blob_.data().read(); }
  VectorTensor(const VectorTensor&) = delete;
  VectorTensor& operator=(const VectorTensor&) = delete;

  Tensor data() { return blob_.data(); }

 private:
  Blob blob_;
};

class MultiStageMeanfieldLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(3, 1); }
  bool allow_force_backward(int bottom) const override { return bottom != 2; }

  void init(const BlobPointers& bottom, const BlobPointers& top) override {
    reject_in_place(bottom, top);
    check_parameters();
    classes_ = bottom[0]->axes() == 4 ? bottom[0]->dim(1) : 0;
    check_bottoms(bottom);
    const MultiStageMeanfieldParameter& wanted = parameter();
    add_diagonal(weights("spatial_filter_weights_str", wanted.spatial_filter_weights_str,
                         wanted.spatial_filter_weight));
    add_diagonal(weights("bilateral_filter_weights_str", wanted.bilateral_filter_weights_str,
                         wanted.bilateral_filter_weight));
    add_diagonal(std::vector<float>(static_cast<size_t>(classes_), -1));
  }

  void reshape(const BlobPointers& bottom, const BlobPointers& top) override {
    check_bottoms(bottom);
    const Shape& shape = bottom[0]->shape();
    top[0]->reshape(shape);
    if (spatial_.empty() || shape[2] != view_.height || shape[3] != view_.width) {
      view_ = {shape[2], shape[3], shape[3], shape[2] * shape[3]};
      const float theta = parameter().theta_gamma;
      spatial_.clear();
      spatial_.push_back(PixelKernel::of_places(view_, theta, theta));
    }
  }

  void forward(const BlobPointers& bottom, const BlobPointers& top) override {
    items_.clear();
    float* out = top[0]->data().write();
    for (int64_t n = 0; n < bottom[0]->dim(0); ++n) {
      items_.push_back({bilateral(bottom, n), {}});
      const std::vector<float> x = iterate(bottom, n, phase() == TRAIN);
      put_pixel_rows(x.data(), view_, classes_, out + n * item_size());
    }
  }

  void backward(const BlobPointers& top, const std::vector<bool>& propagate_down,
                const BlobPointers& bottom) override {
    for (int64_t n = 0; n < bottom[0]->dim(0); ++n) {
      // In phase TEST the forward kept nothing.
      if (items_[static_cast<size_t>(n)].q.empty()) iterate(bottom, n, true);
      std::vector<float> dx = pixel_rows(top[0]->diff().read() + n * item_size(), view_, classes_);
      std::vector<float> unary(dx.size());
      const auto& all = items_[static_cast<size_t>(n)].q;
      for (auto q = all.rbegin(); q != all.rend(); ++q) {
        add(1, dx, unary);
        dx = step_backward(n, *q, dx);
      }
      put_diff(unary, propagate_down[0], *bottom[0], n);
      put_diff(dx, propagate_down[1], *bottom[1], n);
    }
    if (propagate_down[2]) bottom[2]->diff().clear();
  }

 private:
  struct Item {
    PixelKernel bilateral;
    std::vector<std::vector<float>> q;  // of each step
  };

  const MultiStageMeanfieldParameter& parameter() const {
    return *param().multi_stage_meanfield_param;
  }
  int64_t item_size() const { return classes_ * view_.plane; }

  PixelKernel bilateral(const BlobPointers& bottom, int64_t n) const {
    const float theta = parameter().theta_alpha;
    return with_context([&] { return bottom_name(2); },
                        [&] {
                          return PixelKernel::of_places_and_colours(
                              view_, theta, theta, bottom[2]->data().read() + n * 3 * view_.plane,
                              std::vector<float>(3, parameter().theta_beta));
                        });
  }

  void check_parameters() const {
    const MultiStageMeanfieldParameter& wanted = parameter();
    if (wanted.num_iterations < 2) {
      fail(Status::kInvalidArgument, "multi_stage_meanfield_param.num_iterations is ",
           wanted.num_iterations, ", expected at least 2");
    }
    const std::pair<const char*, float> thetas[] = {{"theta_alpha", wanted.theta_alpha},
                                                    {"theta_beta", wanted.theta_beta},
                                                    {"theta_gamma", wanted.theta_gamma}};
    for (const auto& [name, value] : thetas) {
      if (value > 0) continue;
      fail(Status::kInvalidArgument, "multi_stage_meanfield_param.", name, " is ", value,
           ", expected more than 0");
    }
  }

  void check_bottoms(const BlobPointers& bottom) const {
    const Shape& unary = bottom[0]->shape();
    if (unary.axes() != 4 || unary[1] != classes_ || classes_ == 0) {
      fail(Status::kShape, bottom_name(0), " has shape ", unary, ", expected items x ",
           classes_ == 0 ? "classes" : str(classes_, " classes"), " x height x width");
    }
    const Shape image{unary[0], 3, unary[2], unary[3]};
    for (const size_t i : {size_t{1}, size_t{2}}) {
      const Shape& expected = i == 1 ? unary : image;
      if (bottom[i]->shape() == expected) continue;
      fail(Status::kShape, bottom_name(i), " has shape ", bottom[i]->shape(), ", expected ",
           expected);
    }
  }

  std::vector<float> weights(const char* name, const std::string& text, float of_all) const {
    std::vector<float> values(static_cast<size_t>(classes_), of_all);
    if (text.empty()) return values;
    std::istringstream in(text);
    in.imbue(std::locale::classic());
    for (int64_t i = 0; i < classes_; ++i) {
      if (in >> values[static_cast<size_t>(i)]) continue;
      fail(Status::kInvalidArgument, "multi_stage_meanfield_param.", name, " ", quoted(text),
           " has ", i, " numbers, expected one for each of ", classes_, " classes");
    }
    return values;
  }

  void add_diagonal(const std::vector<float>& values) {
    blobs().push_back(std::make_shared<Blob>(Shape{1, 1, classes_, classes_}));
    float* matrix = blobs().back()->data().write();
    std::fill_n(matrix, classes_ * classes_, 0.0f);
    for (int64_t i = 0; i < classes_; ++i) {
      matrix[i * classes_ + i] = values[static_cast<size_t>(i)];
    }
  }

  static void add(float factor, const std::vector<float>& x, std::vector<float>& y) {
    parallel_for(static_cast<int64_t>(x.size()), grain_of(1), [&](int64_t begin, int64_t end) {
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        y[i] += factor * x[i];
      }
    });
  }

  // y = beta y + x times the matrix, or its transpose, for pixels x classes.
  void multiply(const std::vector<float>& x, size_t i, bool transpose, float beta,
                std::vector<float>& y) {
    VectorTensor product(y);
    kernels().gemm(false, transpose, view_.pixels(), classes_, classes_, 1,
                   {VectorTensor(x).data()}, {blobs()[i]->data()}, beta, product.data());
  }

  // diff of matrix i += factor * dy^T x
  void add_to_diff(size_t i, float factor, const std::vector<float>& dy,
                   const std::vector<float>& x) {
    if (!param_propagate_down(i)) return;
    kernels().gemm(true, false, classes_, classes_, view_.pixels(), factor,
                   {VectorTensor(dy).data()}, {VectorTensor(x).data()}, 1, blobs()[i]->diff());
  }

  // W_s (k_s q) + W_b (k_b q); the kernels' results stay in `spatial` and `bilateral`.
  std::vector<float> message(int64_t n, const std::vector<float>& q, std::vector<float>& spatial,
                             std::vector<float>& bilateral) {
    spatial.resize(q.size());
    bilateral.resize(q.size());
    spatial_[0].apply(q.data(), classes_, spatial.data());
    items_[static_cast<size_t>(n)].bilateral.apply(q.data(), classes_, bilateral.data());
    std::vector<float> sums(q.size());
    multiply(spatial, 0, true, 0, sums);
    multiply(bilateral, 1, true, 1, sums);
    return sums;
  }

  // All steps for item n: the last x.
  std::vector<float> iterate(const BlobPointers& bottom, int64_t n, bool keep) {
    const std::vector<float> unary =
        pixel_rows(bottom[0]->data().read() + n * item_size(), view_, classes_);
    std::vector<float> x = pixel_rows(bottom[1]->data().read() + n * item_size(), view_, classes_);
    std::vector<float> spatial, bilateral;
    for (uint32_t step = 0; step < parameter().num_iterations; ++step) {
      softmax_rows(x.data(), view_.pixels(), classes_, x.data());
      if (keep) items_[static_cast<size_t>(n)].q.push_back(x);
      multiply(message(n, x, spatial, bilateral), 2, true, 0, x);
      parallel_for(static_cast<int64_t>(x.size()), grain_of(1), [&](int64_t begin, int64_t end) {
        for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
          x[i] = unary[i] - x[i];
        }
      });
    }
    return x;
  }

  // From the diff of the x after a step to that of the x before it.
  std::vector<float> step_backward(int64_t n, const std::vector<float>& q,
                                   const std::vector<float>& dx) {
    std::vector<float> spatial, bilateral;
    const std::vector<float> sums = message(n, q, spatial, bilateral);
    add_to_diff(2, -1, dx, sums);
    std::vector<float> dsums(q.size()), dkernel(q.size()), dq(q.size()), part(q.size());
    multiply(dx, 2, false, 0, dsums);
    for (float& each : dsums) each = -each;
    add_to_diff(0, 1, dsums, spatial);
    add_to_diff(1, 1, dsums, bilateral);
    multiply(dsums, 0, false, 0, dkernel);
    spatial_[0].apply_transposed(dkernel.data(), classes_, dq.data());
    multiply(dsums, 1, false, 0, dkernel);
    items_[static_cast<size_t>(n)].bilateral.apply_transposed(dkernel.data(), classes_,
                                                              part.data());
    add(1, part, dq);
    softmax_rows_backward(q.data(), view_.pixels(), classes_, dq.data());
    return dq;
  }

  void put_diff(const std::vector<float>& rows, bool wanted, Blob& bottom, int64_t n) {
    if (!wanted) return;
    float* diff = n == 0 ? bottom.diff().write() : bottom.diff().update();
    put_pixel_rows(rows.data(), view_, classes_, diff + n * item_size());
  }

  int64_t classes_ = 0;
  PixelView view_{};
  std::vector<PixelKernel> spatial_;  // one, once shapes are known
  std::vector<Item> items_;
};

const LayerRegistration<MultiStageMeanfieldLayer> registration("MultiStageMeanfield");

}  // namespace
}  // namespace caffe
