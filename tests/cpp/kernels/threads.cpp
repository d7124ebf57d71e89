// The cpu backend gives the same bits with any number of threads.
#include <cstring>

#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

constexpr int kThreads[] = {1, 2, 3, 4, 8};

using Results = std::vector<std::vector<float>>;

std::vector<float> values_of(Blob& blob) {
  const float* values = blob.data().read();
  return {values, values + blob.count()};
}

void check_same_bits(const std::string& what, const std::function<Results()>& run) {
  Results first;
  for (const int threads : kThreads) {
    set_num_threads(threads);
    Results results = run();
    if (first.empty()) first = results;
    for (size_t i = 0; i < results.size(); ++i) {
      if (std::memcmp(results[i].data(), first[i].data(), first[i].size() * sizeof(float)) != 0) {
        set_num_threads(0);
        failed(__FILE__, __LINE__,
               str(what, ": result ", i, " differs with ", threads, " threads"));
      }
    }
  }
  set_num_threads(0);
}

ConvolutionSpec convolution_spec(const Shape& bottom, int64_t outputs, int64_t kernel,
                                 int64_t group, int64_t stride) {
  ConvolutionSpec spec;
  spec.bottom = bottom;
  spec.weights = {outputs, bottom[1] / group, kernel, kernel};
  spec.kernel = {kernel, kernel};
  spec.stride = {stride, stride};
  spec.pad = {kernel / 2, kernel / 2};
  spec.dilation = {1, 1};
  spec.group = group;
  spec.bias = spec.training = true;
  const auto size = [&](int64_t extent) { return (extent + kernel / 2 * 2 - kernel) / stride + 1; };
  spec.top = {bottom[0], outputs, size(bottom[2]), size(bottom[3])};
  return spec;
}

}  // namespace

TEST(convolutions_do_not_depend_on_threads) {
  const struct {
    Shape bottom;
    int64_t outputs, kernel, group, stride = 1;
  } cases[] = {{{9, 3, 33, 31}, 20, 5, 1},
               {{64, 1, 28, 28}, 20, 5, 1},
               {{64, 20, 12, 12}, 50, 5, 1},
               {{2, 16, 40, 40}, 16, 3, 1},
               {{1, 64, 20, 20}, 64, 3, 1},
               {{8, 32, 9, 9}, 32, 3, 32},
               {{16, 128, 7, 7}, 256, 1, 1},
               {{5, 20, 16, 15}, 20, 3, 2},
               {{4, 3, 64, 64}, 32, 7, 1, 2},
               {{1, 32, 17, 17}, 32, 3, 1, 2},
               {{100, 3, 16, 16}, 32, 5, 1},
               // Parts of channels, the last one smaller.
               {{1, 140, 9, 9}, 130, 3, 1},
               {{3, 300, 4, 4}, 520, 1, 1}};
  for (const auto& each : cases) {
    const ConvolutionSpec spec =
        convolution_spec(each.bottom, each.outputs, each.kernel, each.group, each.stride);
    check_same_bits(str("bottom ", each.bottom, ", weights ", spec.weights), [&] {
      const auto operation = cpu_kernels().convolution(spec);
      Blob x = random_blob(spec.bottom, 1), w = random_blob(spec.weights, 2);
      Blob b = random_blob({each.outputs}, 3), dy = random_blob(spec.top, 4);
      Blob y(spec.top), dx(spec.bottom), dw(spec.weights), db(Shape{each.outputs});
      dw.data().clear(), db.data().clear();
      operation->forward(x.data(), w.data(), std::as_const(b).data(), y.data());
      operation->backward_data(dy.data(), w.data(), dx.data());
      operation->backward_weights(x.data(), dy.data(), dw.data(), db.data());
      operation->backward_weights(x.data(), dy.data(), dw.data(), db.data());
      return Results{values_of(y), values_of(dx), values_of(dw), values_of(db)};
    });
  }
}

TEST(inner_products_do_not_depend_on_threads) {
  const InnerProductSpec cases[] = {
      {64, 800, 500, false, true, true},   {64, 500, 10, false, true, true},
      {1, 4096, 1000, false, true, false}, {1, 9216, 64, true, true, true},
      {3000, 20, 10, false, true, true},   {50, 3000, 5, false, true, true},
      {17, 130, 35, true, true, true},     {16, 2048, 100, false, true, false},
      {5, 9216, 512, false, true, false},  {2, 4096, 1000, false, true, false},
      {17, 4096, 640, false, true, true},  {10, 2048, 515, false, true, true},
      {48, 1024, 203, false, true, true}};
  for (const InnerProductSpec& spec : cases) {
    check_same_bits(str(spec.rows, " x ", spec.inputs, " x ", spec.outputs), [&] {
      const auto operation = cpu_kernels().inner_product(spec);
      const Shape weights =
          spec.transposed ? Shape{spec.inputs, spec.outputs} : Shape{spec.outputs, spec.inputs};
      Blob x = random_blob({spec.rows, spec.inputs}, 1), w = random_blob(weights, 2);
      Blob b = random_blob({spec.outputs}, 3), dy = random_blob({spec.rows, spec.outputs}, 4);
      Blob y(Shape{spec.rows, spec.outputs}), dx(Shape{spec.rows, spec.inputs}), dw(weights);
      Blob db(Shape{spec.outputs});
      dw.data().clear(), db.data().clear();
      operation->forward(x.data(), w.data(), std::as_const(b).data(), y.data());
      operation->backward_data(dy.data(), w.data(), dx.data());
      operation->backward_weights(x.data(), dy.data(), dw.data(), db.data());
      return Results{values_of(y), values_of(dx), values_of(dw), values_of(db)};
    });
  }
}

TEST(matrix_products_do_not_depend_on_threads) {
  const int64_t cases[][3] = {{10, 20, 5000}, {5, 33, 132},   {1, 1, 100000}, {500, 800, 64},
                              {64, 64, 4096}, {1, 1000, 999}, {300, 7, 2000}};
  for (const auto& [m, n, k] : cases) {
    for (int bits = 0; bits < 4; ++bits) {
      check_same_bits(str(m, " x ", n, " x ", k, " bits ", bits), [&, m = m, n = n, k = k] {
        Blob a = random_blob({m, k}, 1), b = random_blob({k, n}, 2), c = random_blob({m, n}, 3);
        cpu_kernels().gemm(bits & 1, bits & 2, m, n, k, 1, {a.data()}, {b.data()}, 1, c.data());
        return Results{values_of(c)};
      });
    }
  }
}

}  // namespace caffe::test
