// kernels.cpp and operations.cpp: what an older module's table lacks is done by the host's
// reference, whichever functions these are, and walks that few functions see.
#include "kernels/kernels.hpp"

#include <cstring>
#include <utility>

#include "cpp/kernels/backends.hpp"
#include "support/emulated.hpp"

namespace caffe::test {
namespace {

// The emulated device with some of its functions.
struct Partial {
  explicit Partial(const caffe_kernel_table* kernels) {
    table = emulated().table();
    table.kernels = kernels;
  }

  caffe_device_table table;
  Device device{"emulated:0", emulated().index(), &table, 0};
};

std::vector<Blob> operations(Kernels& kernels) {
  std::vector<Blob> out;
  const auto made = [&](const Shape& shape) { return out.emplace_back(shape).data(); };
  Blob x = random_blob({2, 4, 5, 6}, 1), w = random_blob({2, 4, 3, 3}, 2), b = random_blob({2}, 3);
  const Shape top{2, 2, 3, 4};
  out.reserve(12);
  {
    ConvolutionSpec spec{x.shape(), top, w.shape(), {3, 3}, {1, 1}, {0, 0}, {1, 1}};
    spec.bias = spec.training = true;
    const auto convolution = kernels.convolution(spec);
    Blob dy = random_blob(top, 4);
    convolution->forward(x.data(), w.data(), b.data(), made(top));
    convolution->backward_data(dy.data(), w.data(), made(x.shape()));
    const Tensor dw = made(w.shape());
    convolution->backward_weights(x.data(), dy.data(), dw, made(b.shape()));
  }
  {
    Blob weights = random_blob({7, 120}, 5);
    InnerProductSpec spec{2, 120, 7};
    kernels.inner_product(spec)->forward(x.data(), weights.data(), {}, made({2, 7}));
    spec.training = true;
    kernels.inner_product(spec)->backward_data(out.back().data(), weights.data(), made(x.shape()));
  }
  PoolingSpec pooling{x.shape(), {2, 4, 2, 3}, PoolingMethod::kMax, 2, 2, 2, 2};
  pooling.training = true;
  const auto pooled = kernels.pooling(pooling);
  pooled->forward(x.data(), made(pooling.top), {});
  pooled->backward(out.back().data(), made(x.shape()));
  return out;
}

std::vector<Blob> functions(Kernels& kernels) {
  std::vector<Blob> out;
  const auto made = [&](const Shape& shape) { return out.emplace_back(shape).data(); };
  out.reserve(12);
  Blob x = random_blob({2, 4, 5, 6}, 1), z = random_blob({2, 4, 5, 6}, 2);
  kernels.relu(x.data(), 0.1f, made(x.shape()));
  kernels.relu(out[0].data(), 0.5f, out[0].data());  // in place
  kernels.gemm(false, true, 4, 4, 30, 1, {x.data(), 120}, {z.data(), 0}, 0, made({4, 4}));
  kernels.softmax(x.data(), {2, 4, 30}, made(x.shape()));
  kernels.copy(x.data(), made(x.shape()));
  kernels.axpby(2, z.data(), 3, out.back().data());
  kernels.scale(0.5f, out.back().data());
  kernels.multiply(x.data(), out.back().data(), out.back().data());
  std::vector<Blob> many;
  std::vector<float> factors;
  for (uint32_t i = 0; i < 19; ++i) {
    many.push_back(random_blob(x.shape(), 10 + i));
    factors.push_back(static_cast<float>(i) / 4);
  }
  const std::vector<Blob>& all = many;
  std::vector<ConstTensor> terms;
  for (const Blob& each : all) terms.push_back(each.data());
  kernels.weighted_sum(terms, factors, made(x.shape()));
  const Tensor greatest = made(x.shape());
  kernels.maximum(terms, greatest, made(x.shape()));
  kernels.weighted_sum(terms, factors, many[0].data());  // in place
  kernels.copy(many[0].data(), made(x.shape()));
  kernels.reduce(Reduction::kDot, x.data(), z.data(), 2, made({8}));
  kernels.fill(3, made({4}));
  const Tensor sums = made({4});
  kernels.channel_sums(x.data(), z.data(), {}, {2, 4, 30}, false, sums, made({4}));
  return out;
}

void check_like_the_reference(Kernels& kernels, const std::string& what) {
  for (const auto& run : {operations, functions}) {
    const std::vector<Blob> wanted = run(reference_kernels()), got = run(kernels);
    for (size_t i = 0; i < wanted.size(); ++i) check_same(got[i], wanted[i], str(what, " ", i));
  }
}

TEST(kernels_that_a_table_lacks_are_the_host_s) {
  constexpr size_t kEntries = (sizeof(caffe_kernel_table) - sizeof(size_t)) / sizeof(void*);
  for (size_t entry = 0; entry < kEntries; ++entry) {
    caffe_kernel_table kernels = *emulated().table().kernels;
    std::memset(reinterpret_cast<char*>(&kernels) + sizeof(size_t) + entry * sizeof(void*), 0,
                sizeof(void*));
    Partial partial(&kernels);
    Kernels lacking(partial.device);
    check_like_the_reference(lacking, str("without function ", entry));
  }
}

TEST(kernels_of_a_shorter_table_and_of_none) {
  caffe_kernel_table kernels = *emulated().table().kernels;
  for (const size_t entries : {size_t{0}, size_t{5}, size_t{13}, size_t{30}}) {
    kernels.size = sizeof(size_t) + entries * sizeof(void*);
    Partial partial(&kernels);
    Kernels lacking(partial.device);
    check_like_the_reference(lacking, str(entries, " functions"));
  }
  Partial none(nullptr);
  Kernels lacking(none.device);
  check_like_the_reference(lacking, "no functions");
}

// Where the weights lie as bf16 they are the device's; the host's reference takes floats.
TEST(kernels_that_a_table_lacks_take_weights_as_floats) {
  caffe_kernel_table kernels = *emulated().table().kernels;
  kernels.inner_product_forward = nullptr;
  Partial partial(&kernels);
  Kernels lacking(partial.device);
  InnerProductSpec spec{2, 3, 4};
  spec.bf16_weights = true;
  Blob x = random_blob({2, 3}, 1), w = random_blob({4, 3}, 2), y(Shape{2, 4}), wanted(Shape{2, 4});
  const auto product = lacking.inner_product(spec);
  CHECK_EQ(product->implementation(), "reference");
  product->forward(x.data(), w.data(), {}, y.data());
  spec.bf16_weights = false;
  reference_kernels().inner_product(spec)->forward(x.data(), w.data(), {}, wanted.data());
  check_same(y, wanted, "floats");
}

TEST(kernels_walk_nowhere) {
  for_each_run([](const Run& run) {
    Blob x(Shape{0, 3}), y = random_blob({3}, 1);
    Strides sums;
    sums.add(0, 3, 0);
    sums.add(3, 1, 1);
    run.kernels->sum_strided(sums, Into::kAdd, x.data(), y.data());
    check_same(y, random_blob({3}, 1), run.name);
    run.kernels->sum_strided(sums, Into::kWhole, x.data(), y.data());
    check_same(y, blob_of({3}, {0, 0, 0}), run.name);
  });
}

// More axes than a function takes, of which none can be joined: the sums of the parts are added.
TEST(kernels_sum_along_many_axes) {
  const std::vector<int64_t> dims(16, 2);
  const Shape shape(dims);
  Blob x = random_blob(shape, 1);
  std::vector<float> wanted(256, 0);
  Strides sums;
  for (int i = 0; i < 16; ++i) {
    sums.add(2, int64_t{1} << (15 - i), i % 2 == 0 ? 0 : int64_t{1} << (7 - i / 2));
  }
  for (int64_t i = 0; i < shape.count(); ++i) {
    size_t to = 0;
    for (int bit = 0; bit < 8; ++bit) to |= static_cast<size_t>(i >> (2 * bit) & 1) << bit;
    wanted[to] += x.data().read()[i];
  }
  for_each_run([&](const Run& run) {
    Blob y = random_blob({256}, 2);
    run.kernels->sum_strided(sums, Into::kWhole, x.data(), y.data());
    check_same(y, blob_of({256}, wanted), run.name, 1e-4);
  });
}

}  // namespace
}  // namespace caffe::test
