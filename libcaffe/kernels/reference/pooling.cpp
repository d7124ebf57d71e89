// Maximum and average over windows of each channel plane. A window outside of the image (possible
// when the stride is greater than the kernel) has the maximum -FLT_MAX at place -1 and the
// average 0, and sends no gradient anywhere. A NaN in a window is its maximum.
#include <cfloat>
#include <vector>

#include "kernels/pooling_window.hpp"
#include "kernels/reference/reference.hpp"

namespace caffe::reference {

namespace {

class Pooling final : public caffe_operation {
 public:
  explicit Pooling(const caffe_pooling_spec& spec) : spec_(spec) {}

  void forward(const float* in, float* out, float* places) {
    const bool maximum = !spec_.average;
    if (maximum && spec_.training) {
      from_.resize(static_cast<size_t>(planes() * spec_.top_h * spec_.top_w));
    }
    for_each_window([&](int64_t top, int64_t plane, PoolingWindow rows, PoolingWindow columns) {
      if (maximum) {
        const int64_t place = place_of_maximum(in + plane, rows, columns);
        out[top] = place < 0 ? -FLT_MAX : in[plane + place];
        if (places != nullptr) places[top] = static_cast<float>(place);
        if (spec_.training) from_[static_cast<size_t>(top)] = place;
      } else {
        out[top] = average(in + plane, rows, columns);
      }
    });
  }

  void backward(const float* gradient, float* out) const {
    std::vector<double> sums(static_cast<size_t>(planes() * spec_.bottom_h * spec_.bottom_w));
    for_each_window([&](int64_t top, int64_t plane, PoolingWindow rows, PoolingWindow columns) {
      double* target = sums.data() + plane;
      if (!spec_.average) {
        const int64_t place = from_[static_cast<size_t>(top)];
        if (place >= 0) target[place] += gradient[top];
        return;
      }
      const double share = gradient[top] / average_divisor(rows, columns);
      for (int64_t h = rows.begin; h < rows.end; ++h) {
        for (int64_t w = columns.begin; w < columns.end; ++w) {
          target[h * spec_.bottom_w + w] += share;
        }
      }
    });
    for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<float>(sums[i]);
  }

 private:
  int64_t planes() const { return spec_.images * spec_.channels; }

  template <class Body>
  void for_each_window(const Body& body) const {
    const int64_t height = spec_.bottom_h, width = spec_.bottom_w;
    int64_t top = 0;
    for (int64_t plane = 0; plane < planes(); ++plane) {
      for (int64_t h = 0; h < spec_.top_h; ++h) {
        const PoolingWindow rows(h, spec_.kernel_h, spec_.stride_h, spec_.pad_h, height);
        for (int64_t w = 0; w < spec_.top_w; ++w) {
          const PoolingWindow columns(w, spec_.kernel_w, spec_.stride_w, spec_.pad_w, width);
          body(top++, plane * height * width, rows, columns);
        }
      }
    }
  }

  int64_t place_of_maximum(const float* plane, PoolingWindow rows, PoolingWindow columns) const {
    if (rows.empty() || columns.empty()) return -1;
    int64_t best = rows.begin * spec_.bottom_w + columns.begin;
    for (int64_t h = rows.begin; h < rows.end; ++h) {
      for (int64_t w = columns.begin; w < columns.end; ++w) {
        const int64_t place = h * spec_.bottom_w + w;
        const bool nan = plane[place] != plane[place];
        if (plane[place] > plane[best] || nan) best = place;
      }
    }
    return best;
  }

  float average(const float* plane, PoolingWindow rows, PoolingWindow columns) const {
    if (rows.empty() || columns.empty()) return 0;
    double sum = 0;
    for (int64_t h = rows.begin; h < rows.end; ++h) {
      for (int64_t w = columns.begin; w < columns.end; ++w) sum += plane[h * spec_.bottom_w + w];
    }
    return static_cast<float>(sum / average_divisor(rows, columns));
  }

  const caffe_pooling_spec spec_;
  std::vector<int64_t> from_;  // for each value of the top, the place of its maximum
};

}  // namespace

caffe_operation* pooling(caffe_pooling_spec spec) {
  return new Pooling(spec);
}

void pooling_forward(caffe_operation* operation, const float* x, float* y, float* mask) {
  static_cast<Pooling*>(operation)->forward(x, y, mask);
}

void pooling_backward(caffe_operation* operation, const float* dy, float* dx) {
  static_cast<Pooling*>(operation)->backward(dy, dx);
}

}  // namespace caffe::reference
