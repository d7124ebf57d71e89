// A box of a blob's values, copied out and put back, in either order of the values.
#include "layers/base/box_copy.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

const Values kWhole = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // 1 x 2 x 2 x 3
const Values kBox = {8, 9};                                     // what is behind 0 1 0 1

// Every backend, in either order.
std::vector<std::pair<Kernels*, bool>> ways() {
  std::vector<std::pair<Kernels*, bool>> ways;
  for (Kernels* kernels : all_backends()) {
    for (const bool channels_last : {false, true}) ways.emplace_back(kernels, channels_last);
  }
  return ways;
}

TEST(box_copy_of_the_inside_and_of_all) {
  for (const auto& [kernels, channels_last] : ways()) {
    Blob whole({1, 2, 2, 3}), box({1, 1, 1, 2}), all({1, 2, 2, 3});
    set_values(whole.data(), kWhole);
    if (channels_last) whole.data().update(Place::kHostNhwc);
    copy_box(*kernels, whole.data(), {0, 1, 0, 1}, box.data());
    CHECK(values_of(box.data()) == kBox);
    copy_box(*kernels, whole.data(), {0, 0, 0, 0}, all.data());
    CHECK(values_of(all.data()) == kWhole);
  }
}

TEST(box_copy_back_leaves_zeros_around) {
  for (const auto& [kernels, channels_last] : ways()) {
    Blob whole({1, 2, 2, 3}), box({1, 1, 1, 2});
    set_values(whole.data(), kWhole);
    set_values(box.data(), kBox);
    if (channels_last) box.data().update(Place::kHostNhwc);
    place_box(*kernels, box.data(), {0, 1, 0, 1}, whole.data());
    CHECK(values_of(whole.data()) == Values({0, 0, 0, 0, 0, 0, 0, 8, 9, 0, 0, 0}));
  }
}

TEST(box_copy_of_a_scalar) {
  for (Kernels* kernels : all_backends()) {
    Blob whole(Shape{}), box(Shape{});
    set_values(whole.data(), {7});
    copy_box(*kernels, whole.data(), {}, box.data());
    CHECK(values_of(box.data()) == Values({7}));
  }
}

}  // namespace
}  // namespace caffe::test
