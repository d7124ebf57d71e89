// Times of the kernels on the shapes of LeNet and CaffeNet, and of LeNet's whole sequence forward
// and backward: `benchmarks/kernels [part of a name] [threads]`. A time is the 20th percentile,
// since other processes only ever make it longer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "core/threads.hpp"
#include "kernels/kernels.hpp"

namespace caffe {
namespace {

double microseconds(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  const auto timed = [&] {
    const auto start = Clock::now();
    body();
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  };
  const double first = std::max(timed(), timed());
  std::vector<double> times(static_cast<size_t>(std::clamp(3e5 / first, 5.0, 200.0)));
  for (double& time : times) time = timed();
  std::sort(times.begin(), times.end());
  return times[times.size() / 5];
}

void report(const char* name, const char* what, double operations, double time,
            const std::string& implementation) {
  std::printf("%-20s %-16s %9.0f us", name, what, time);
  if (operations > 0) std::printf(" %7.1f GFLOP/s", operations / time / 1e3);
  std::printf("  %s\n", implementation.c_str());
  std::fflush(stdout);
}

// Something like activations: never denormal, mostly not zero.
void randomize(Blob& blob) {
  float* data = blob.data().write();
  float* diff = blob.diff().write();
  uint32_t state = 1;
  for (int64_t i = 0; i < blob.count(); ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = static_cast<float>(state >> 8) / (1 << 24) - 0.5f;
    diff[i] = data[i] * 0.1f;
  }
}

struct Operation {
  virtual ~Operation() = default;
  virtual void forward() = 0;
  virtual void backward_weights() {}
  virtual void backward_data() = 0;
};

struct ConvolutionOperation final : Operation {
  ConvolutionOperation(const Shape& bottom, int64_t outputs, int64_t kernel, int64_t stride,
                       int64_t pad, int64_t group)
      : x(bottom), w(Shape{outputs, bottom[1] / group, kernel, kernel}), b(Shape{outputs}) {
    const auto extent = [&](int axis) { return (bottom[axis] + 2 * pad - kernel) / stride + 1; };
    y.reshape({bottom[0], outputs, extent(2), extent(3)});
    ConvolutionSpec spec;
    spec.bottom = bottom, spec.top = y.shape(), spec.weights = w.shape();
    spec.kernel = {kernel, kernel}, spec.stride = {stride, stride}, spec.pad = {pad, pad};
    spec.dilation = {1, 1}, spec.group = group, spec.bias = spec.training = true;
    for (Blob* blob : {&x, &w, &b, &y}) randomize(*blob);
    convolution = cpu_kernels().convolution(spec);
  }

  void forward() override { convolution->forward(x.data(), w.data(), b.data(), y.data()); }
  void backward_data() override { convolution->backward_data(y.diff(), w.data(), x.diff()); }
  void backward_weights() override {
    w.diff().clear(), b.diff().clear();
    convolution->backward_weights(x.data(), y.diff(), w.diff(), b.diff());
  }
  double operations() const {
    return 2.0 * static_cast<double>(y.count()) * static_cast<double>(w.shape().count(1));
  }

  Blob x, w, b, y;
  std::unique_ptr<Convolution> convolution;
};

struct InnerProductOperation final : Operation {
  InnerProductOperation(int64_t rows, int64_t inputs, int64_t outputs)
      : x(Shape{rows, inputs}),
        w(Shape{outputs, inputs}),
        b(Shape{outputs}),
        y(Shape{rows, outputs}) {
    for (Blob* blob : {&x, &w, &b, &y}) randomize(*blob);
    inner_product = cpu_kernels().inner_product({rows, inputs, outputs, false, true, true});
  }

  void forward() override { inner_product->forward(x.data(), w.data(), b.data(), y.data()); }
  void backward_data() override { inner_product->backward_data(y.diff(), w.data(), x.diff()); }
  void backward_weights() override {
    w.diff().clear(), b.diff().clear();
    inner_product->backward_weights(x.data(), y.diff(), w.diff(), b.diff());
  }
  double operations() const {
    return 2.0 * static_cast<double>(w.count()) * static_cast<double>(x.shape()[0]);
  }

  Blob x, w, b, y;
  std::unique_ptr<InnerProduct> inner_product;
};

struct PoolingOperation final : Operation {
  PoolingOperation(const Shape& bottom, int64_t kernel, int64_t stride) : x(bottom) {
    const auto extent = [&](int axis) { return (bottom[axis] - kernel + stride - 1) / stride + 1; };
    y.reshape({bottom[0], bottom[1], extent(2), extent(3)});
    PoolingSpec spec;
    spec.bottom = bottom, spec.top = y.shape();
    spec.kernel_h = spec.kernel_w = kernel, spec.stride_h = spec.stride_w = stride;
    spec.training = true;
    randomize(x), randomize(y);
    x.data().update(Place::kHostNhwc), y.diff().update(Place::kHostNhwc);
    pooling = cpu_kernels().pooling(spec);
  }

  void forward() override { pooling->forward(x.data(), y.data(), std::nullopt); }
  void backward_data() override { pooling->backward(y.diff(), x.diff()); }

  Blob x, y;
  std::unique_ptr<Pooling> pooling;
};

template <class T>
void run_weighted(const char* name, T&& operation, const std::string& implementation) {
  const double count = operation.operations();
  const double forward = microseconds([&] { operation.forward(); });
  report(name, "forward", count, forward, implementation);
  // As in training, where every pass has new weights.
  const double fresh = microseconds([&] {
    operation.w.data().update();
    operation.forward();
  });
  report(name, "new weights", count, fresh, "");
  report(name, "bottom gradient", count, microseconds([&] { operation.backward_data(); }), "");
  report(name, "weight gradient", count, microseconds([&] { operation.backward_weights(); }), "");
}

void run_convolution(const char* name, const Shape& bottom, int64_t outputs, int64_t kernel,
                     int64_t stride, int64_t pad, int64_t group) {
  ConvolutionOperation operation(bottom, outputs, kernel, stride, pad, group);
  const std::string implementation = operation.convolution->implementation();
  run_weighted(name, operation, implementation);
}

void run_inner_product(const char* name, int64_t rows, int64_t inputs, int64_t outputs) {
  InnerProductOperation operation(rows, inputs, outputs);
  const std::string implementation = operation.inner_product->implementation();
  run_weighted(name, operation, implementation);
}

void run_pooling(const char* name, const Shape& bottom, int64_t kernel, int64_t stride) {
  PoolingOperation operation(bottom, kernel, stride);
  report(name, "forward", 0, microseconds([&] { operation.forward(); }),
         operation.pooling->implementation());
  report(name, "backward", 0, microseconds([&] { operation.backward_data(); }), "");
}

// conv1, pool1, conv2, pool2, ip1, relu1, ip2, loss; the tops are the next one's bottoms, and every
// pass sees new weights. One time in steps, one as a whole.
void run_lenet() {
  const int64_t batch = 64;
  ConvolutionOperation conv1({batch, 1, 28, 28}, 20, 5, 1, 0, 1);
  PoolingOperation pool1(conv1.y.shape(), 2, 2);
  ConvolutionOperation conv2(pool1.y.shape(), 50, 5, 1, 0, 1);
  PoolingOperation pool2(conv2.y.shape(), 2, 2);
  InnerProductOperation ip1(batch, 800, 500), ip2(batch, 500, 10);
  Blob probability(Shape{batch, 10});
  Kernels& kernels = cpu_kernels();
  const auto join = [](Blob& bottom, Blob& top) { bottom.share_data(top), bottom.share_diff(top); };
  join(pool1.x, conv1.y), join(conv2.x, pool1.y), join(pool2.x, conv2.y);
  join(ip1.x, pool2.y), join(ip2.x, ip1.y);

  const std::pair<const char*, std::function<void()>> steps[] = {
      {"conv1 forward", [&] { conv1.forward(); }},
      {"pool1 forward", [&] { pool1.forward(); }},
      {"conv2 forward", [&] { conv2.forward(); }},
      {"pool2 forward", [&] { pool2.forward(); }},
      {"ip1 forward", [&] { ip1.forward(); }},
      {"relu1 forward", [&] { kernels.relu(ip1.y.data(), 0, ip1.y.data()); }},
      {"ip2 forward", [&] { ip2.forward(); }},
      {"softmax", [&] { kernels.softmax(ip2.y.data(), {batch, 10, 1}, probability.data()); }},
      {"loss backward",
       [&] {
         kernels.axpby(1.0f / batch, probability.data(), 0, ip2.y.diff());
         for (int64_t i = 0; i < batch; ++i) ip2.y.diff().update()[i * 10 + i % 10] -= 1.0f / batch;
       }},
      {"ip2 weights", [&] { ip2.backward_weights(); }},
      {"ip2 bottom", [&] { ip2.backward_data(); }},
      {"relu1 backward",
       [&] { kernels.relu_backward(ip1.y.data(), ip1.y.diff(), 0, ip1.y.diff()); }},
      {"ip1 weights", [&] { ip1.backward_weights(); }},
      {"ip1 bottom", [&] { ip1.backward_data(); }},
      {"pool2 backward", [&] { pool2.backward_data(); }},
      {"conv2 weights", [&] { conv2.backward_weights(); }},
      {"conv2 bottom", [&] { conv2.backward_data(); }},
      {"pool1 backward", [&] { pool1.backward_data(); }},
      {"conv1 weights", [&] { conv1.backward_weights(); }},
      {"new weights",
       [&] {
         for (Blob* blob : {&conv1.w, &conv2.w, &ip1.w, &ip2.w}) blob->data().update();
       }},
  };
  constexpr size_t kSteps = std::size(steps);
  std::vector<double> times[kSteps], totals;
  for (int pass = 0; pass < 200; ++pass) {
    double total = 0;
    for (size_t i = 0; i < kSteps; ++i) {
      const auto start = std::chrono::steady_clock::now();
      steps[i].second();
      const std::chrono::duration<double, std::micro> time =
          std::chrono::steady_clock::now() - start;
      times[i].push_back(time.count());
      total += time.count();
    }
    totals.push_back(total);
  }
  const auto percentile = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 5];
  };
  for (size_t i = 0; i < kSteps; ++i) report("lenet", steps[i].first, 0, percentile(times[i]), "");
  report("lenet", "all", 0, percentile(totals), "");
}

}  // namespace
}  // namespace caffe

int main(int argc, char** argv) {
  using namespace caffe;
  const char* wanted = argc > 1 ? argv[1] : "";
  if (argc > 2) set_num_threads(std::atoi(argv[2]));
  const std::pair<const char*, std::function<void(const char*)>> all[] = {
      {"lenet", [](const char*) { run_lenet(); }},
      {"lenet-conv1", [](auto n) { run_convolution(n, {64, 1, 28, 28}, 20, 5, 1, 0, 1); }},
      {"lenet-pool1", [](auto n) { run_pooling(n, {64, 20, 24, 24}, 2, 2); }},
      {"lenet-conv2", [](auto n) { run_convolution(n, {64, 20, 12, 12}, 50, 5, 1, 0, 1); }},
      {"lenet-pool2", [](auto n) { run_pooling(n, {64, 50, 8, 8}, 2, 2); }},
      {"lenet-ip1", [](auto n) { run_inner_product(n, 64, 800, 500); }},
      {"lenet-ip2", [](auto n) { run_inner_product(n, 64, 500, 10); }},
      {"caffenet-conv1", [](auto n) { run_convolution(n, {8, 3, 227, 227}, 96, 11, 4, 0, 1); }},
      {"caffenet-pool1", [](auto n) { run_pooling(n, {8, 96, 55, 55}, 3, 2); }},
      {"caffenet-conv2", [](auto n) { run_convolution(n, {8, 96, 27, 27}, 256, 5, 1, 2, 2); }},
      {"caffenet-conv3", [](auto n) { run_convolution(n, {8, 256, 13, 13}, 384, 3, 1, 1, 1); }},
      {"caffenet-conv5", [](auto n) { run_convolution(n, {8, 384, 13, 13}, 256, 3, 1, 1, 2); }},
      {"caffenet-fc6", [](auto n) { run_inner_product(n, 8, 9216, 4096); }},
      {"caffenet-fc6-of-64", [](auto n) { run_inner_product(n, 64, 9216, 4096); }},
      {"caffenet-fc6-of-1", [](auto n) { run_inner_product(n, 1, 9216, 4096); }},
  };
  for (const auto& [name, run] : all) {
    if (std::strstr(name, wanted) != nullptr) run(name);
  }
  return 0;
}
