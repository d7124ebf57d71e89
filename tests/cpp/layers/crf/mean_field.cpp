// Kernels between pixels, and pixels as rows.
#include "layers/crf/mean_field.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "support/check.hpp"

namespace caffe::test {
namespace {

TEST(kernel_of_pixels_keeps_what_is_the_same_everywhere) {
  const PixelView view{5, 7, 7, 35};
  const Values colours = distinct_values(3 * 35, 5), in(35, 2.5f);
  for (const PixelKernel& kernel :
       {PixelKernel::of_places(view, 2, 3),
        PixelKernel::of_places_and_colours(view, 4, 4, colours.data(), {0.3f, 0.3f, 0.5f})}) {
    Values out(35);
    kernel.apply(in.data(), 1, out.data());
    CHECK_CLOSE(out, in);
  }
}

TEST(pixel_rows_of_a_part_of_an_image) {
  const Values planes = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};  // 2 x 2 x 3
  const PixelView view{2, 2, 3, 6};
  const Values rows = pixel_rows(planes.data(), view, 2);
  CHECK(rows == Values({1, 10, 2, 20, 4, 40, 5, 50}));
  Values back(12, -1);
  put_pixel_rows(rows.data(), view, 2, back.data());
  CHECK(back == Values({1, 2, -1, 4, 5, -1, 10, 20, -1, 40, 50, -1}));
}

}  // namespace
}  // namespace caffe::test
