// kernels/*/channels.cpp and lrn.cpp.
#include "cpp/kernels/backends.hpp"

namespace caffe::test {
namespace {

struct Case {
  const char* name;
  Shape shape;
  ChannelView view;
};

const Case kCases[] = {
    {"channels of images", {2, 17, 5, 7}, {2, 17, 35}},
    {"many values", {2, 70, 31, 17}, {2, 70, 31 * 17}},
    {"three channels", {4, 3, 19, 21}, {4, 3, 19 * 21}},
    {"small images", {3, 20, 2, 2}, {3, 20, 4}},
    {"one place", {5, 300, 1, 1}, {5, 300, 1}},
    {"rows", {7, 13}, {7, 13, 1}},
    {"many rows", {8000, 9}, {8000, 9, 1}},
    {"wide rows", {2, 9000}, {2, 9000, 1}},
    {"volumes", {2, 6, 3, 4, 5}, {2, 6, 60}},
    {"channels of each image", {3, 18, 6, 5}, {1, 54, 30}},
    {"images", {3, 18, 6, 5}, {1, 3, 540}},
    {"all alike", {3, 18, 6, 5}, {1, 1, 1620}},
    {"all their own", {2, 3, 4, 5}, {1, 120, 1}},
    {"the last axis", {2, 3, 4, 5}, {24, 5, 1}},
    {"the third axis", {2, 3, 40, 5}, {6, 40, 5}},
    {"one channel", {1, 1, 1, 1}, {1, 1, 1}},
    {"nothing", {0, 3, 4, 4}, {0, 3, 16}},
    {"no places", {2, 3, 0, 4}, {2, 3, 0}},
};

Blob blob_of_doubles(const std::vector<double>& values) {
  return blob_of({static_cast<int64_t>(values.size())},
                 std::vector<float>(values.begin(), values.end()));
}

// Compares what body(kernels, view, blobs, coefficients) makes of three blobs of random values, and
// what it returns, with the reference, for the cases of at most `most` values.
using Body =
    std::function<std::vector<double>(Kernels&, const ChannelView&, std::vector<Blob>&, Blob*)>;

void compare(const std::string& name, const Body& body, int64_t most = 1 << 20) {
  for (const Case& c : kCases) {
    if (c.shape.count() > most) continue;
    std::vector<Blob> coefficients;
    for (uint32_t i = 0; i < 5; ++i) {
      coefficients.push_back(random_blob({c.view.channels}, i + 10));
    }
    const auto fresh = [&] {
      std::vector<Blob> all;
      for (uint32_t i = 0; i < 3; ++i) all.push_back(random_blob(c.shape, i + 1));
      return all;
    };
    std::vector<Blob> expected = fresh();
    const std::vector<double> sums =
        body(reference_kernels(), c.view, expected, coefficients.data());
    for_each_run([&](const Run& run) {
      for (const size_t settled : {size_t{3}, size_t{1}}) {
        std::vector<Blob> got = fresh();
        for (size_t i = 0; i < settled; ++i) run.settle(got[i]);
        const std::string what = str(name, ", ", c.name, ", ", run.name);
        const std::vector<double> values = body(*run.kernels, c.view, got, coefficients.data());
        check_same(blob_of_doubles(values), blob_of_doubles(sums), what + ", sums", 1e-6);
        for (size_t i = 0; i < got.size(); ++i) {
          check_same(got[i], expected[i], str(what, ", blob ", i), 2e-6);
        }
      }
    });
  }
}

// Some tensors of one value a channel, of sevens at first.
class Sums {
 public:
  Sums(const ChannelView& view, int count) {
    for (int i = 0; i < count; ++i) {
      const std::vector<float> sevens(static_cast<size_t>(view.channels), 7);
      all_.push_back(blob_of({view.channels}, sevens));
    }
  }
  Tensor operator[](size_t i) { return all_[i].data(); }
  std::vector<double> values() const {
    std::vector<double> values;
    for (const Blob& each : all_) {
      const float* of = each.data().read();
      values.insert(values.end(), of, of + each.count());
    }
    return values;
  }

 private:
  std::vector<Blob> all_;
};

}  // namespace

TEST(functions_per_channel_are_the_reference_s) {
  for (const int given : {0, 2, 5, 7}) {
    const auto map = [=](Blob* of) {
      ChannelMap map;
      if ((given & 1) != 0) map.centre = of[0].data();
      if ((given & 2) != 0) map.scale = of[1].data();
      if ((given & 4) != 0) map.shift = of[2].data();
      return map;
    };
    compare(str("map ", given), [&](Kernels& k, const ChannelView& view, auto& b, Blob* of) {
      k.channel_map(b[0].data(), map(of), view, b[1].data());
      k.channel_map(b[2].data(), map(of), view, b[2].data());
      return std::vector<double>();
    });
    compare(str("blend ", given), [&](Kernels& k, const ChannelView& view, auto& b, Blob* of) {
      const ChannelMap other = {of[3].data(), of[4].data(), {}};
      k.channel_blend(b[0].data(), map(of), b[1].data(), other, view, b[2].data());
      k.channel_blend(b[0].data(), other, b[1].data(), map(of), view, b[0].data());
      return std::vector<double>();
    });
  }
  compare("prelu", [](Kernels& k, const ChannelView& view, auto& b, Blob* of) {
    k.prelu(b[0].data(), of[0].data(), view, b[1].data());
    k.prelu_backward(b[0].data(), of[0].data(), b[1].data(), view, b[2].data());
    k.prelu_backward(b[0].data(), of[0].data(), b[1].data(), view, b[1].data());
    k.prelu(b[0].data(), of[0].data(), view, b[0].data());
    return std::vector<double>();
  });
}

TEST(sums_per_channel_are_the_reference_s) {
  compare("sums", [](Kernels& k, const ChannelView& view, auto& b, Blob* of) {
    Sums sums(view, 4);
    k.channel_sums(b[0].data(), b[1].data(), {}, view, false, sums[0], sums[1]);
    k.channel_sums(b[1].data(), {}, {}, view, true, sums[2], {});
    k.channel_sums(b[2].data(), b[0].data(), of[0].data(), view, true, {}, sums[3]);
    return sums.values();
  });
  compare("statistics", [](Kernels& k, const ChannelView& view, auto& b, Blob*) {
    Sums sums(view, 2);
    k.channel_statistics(b[0].data(), view, sums[0], sums[1]);
    return sums.values();
  });
  compare("prelu slopes", [](Kernels& k, const ChannelView& view, auto& b, Blob*) {
    Sums sums(view, 1);
    k.prelu_backward_slopes(b[0].data(), b[1].data(), view, sums[0]);
    return sums.values();
  });
}

TEST(normalisers_are_the_reference_s) {
  compare("normaliser", [](Kernels& k, const ChannelView& view, auto&, Blob* of) {
    Sums all(view, 6);
    k.multiply(of[0].data(), of[0].data(), all[0]);  // a variance
    for (const bool plus : {false, true}) {
      k.deviation(all[0], of[1].data(), 0.25f, plus, all[1], all[2]);
    }
    k.normaliser_backward(
        {of[2].data(), of[3].data(), all[1], of[4].data(), all[3], all[4], all[5], all[2]}, 7);
    return all.values();
  });
}

TEST(sums_per_channel_do_not_depend_on_threads) {
  const ChannelView view{3, 5, 40000};
  const Blob x = random_blob({3, 5, 200, 200}, 1);
  Blob one(Shape{5}), two(Shape{5});
  set_num_threads(1);
  cpu_kernels().channel_sums(x.data(), x.data(), {}, view, false, one.data(), {});
  set_num_threads(2);
  cpu_kernels().channel_sums(x.data(), x.data(), {}, view, false, two.data(), {});
  set_num_threads(0);
  for (int c = 0; c < 5; ++c) CHECK_EQ(one.data().read()[c], two.data().read()[c]);
}

TEST(functions_per_channel_of_known_values) {
  for (Kernels* kernels : all_backends()) {
    Blob x = blob_of({1, 2, 2}, {1, 2, 3, 4}), z = blob_of({1, 2, 2}, {1, 0, -1, 2});
    Blob centre = blob_of({2}, {1, 2}), scale = blob_of({2}, {10, 100}), y(x.shape());
    const ChannelView view{1, 2, 2};
    const auto check = [&](const std::vector<float>& expected) {
      for (size_t i = 0; i < 4; ++i) CHECK_EQ(y.data().read()[i], expected[i]);
    };
    kernels->channel_map(x.data(), {centre.data(), scale.data(), centre.data()}, view, y.data());
    check({1, 11, 102, 202});
    kernels->channel_blend(x.data(), {{}, scale.data(), {}}, z.data(), {centre.data(), {}, {}},
                           view, y.data());
    check({10, 19, 297, 400});
    kernels->prelu(z.data(), scale.data(), view, y.data());
    check({1, 0, -100, 2});
    kernels->prelu_backward(z.data(), scale.data(), x.data(), view, y.data());
    check({1, 20, 300, 4});
    Blob sums = blob_of({2}, {1, 1}), products = blob_of({2}, {1, 1}), slopes(Shape{2});
    kernels->channel_sums(x.data(), z.data(), {}, view, false, sums.data(), products.data());
    CHECK_EQ(sums.data().read()[1], 7);
    CHECK_EQ(products.data().read()[1], 5);
    kernels->channel_sums(x.data(), z.data(), centre.data(), view, true, {}, products.data());
    CHECK_EQ(products.data().read()[1], 5 + 5 - 14);
    kernels->prelu_backward_slopes(z.data(), x.data(), view, slopes.data());
    CHECK_EQ(slopes.data().read()[0], 0);
    CHECK_EQ(slopes.data().read()[1], -3);
  }
}

TEST(lrn_is_the_reference_s) {
  for (const auto& [size, alpha, beta, k] : {std::tuple{5, 1e-4f, 0.75f, 1.0f},
                                             {3, 2.0f, 0.5f, 2.0f},
                                             {1, 1.0f, 1.0f, 1.0f},
                                             {7, 0.5f, 0.6f, 1.5f},
                                             {101, 1.0f, 0.75f, 1.0f}}) {
    compare(
        str("lrn of ", size),
        [&, size = size, alpha = alpha, beta = beta, k = k](
            Kernels& kernels, const ChannelView& view, auto& b, Blob*) {
          const LrnSpec spec{view, size, alpha, beta, k};
          kernels.lrn(b[0].data(), spec, b[1].data());
          kernels.lrn_backward(b[0].data(), b[1].data(), spec, b[2].data());
          kernels.lrn_backward(b[0].data(), b[1].data(), spec, b[1].data());
          kernels.lrn(b[0].data(), spec, b[0].data());
          return std::vector<double>();
        },
        4000);
  }
}

}  // namespace caffe::test
