// Boxes in the pixels of images, however these were resized, and the list of their sizes.
#include "layers/detection/image_sizes.hpp"

#include "cpp/layers/base/layer_run.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

Values pixels(const Box& box, const std::string& resize = "") {
  ResizeParameter param;
  parse_text(resize, param);
  const Box made = to_pixels(box, {"image", 100, 200}, resize.empty() ? nullptr : &param);
  return {made.xmin, made.ymin, made.xmax, made.ymax};
}

TEST(image_sizes_of_a_stretched_image_cut_the_box_to_it) {
  CHECK_CLOSE(pixels({0.25f, 0.5f, 0.75f, 1}), {50, 50, 150, 100});
  CHECK_CLOSE(pixels({-1, -1, 2, 2}), {0, 0, 200, 100});
}

TEST(image_sizes_leave_the_padding_out) {
  // Twice as wide as high: the middle half of the square is the image.
  const std::string pad = "resize_mode: FIT_LARGE_SIZE_AND_PAD height: 300 width: 300";
  CHECK_CLOSE(pixels({0, 0.25f, 0.5f, 0.5f}, pad), {0, 0, 100, 50});
  CHECK_CLOSE(pixels({0, 0, 1, 1}, pad), {0, 0, 200, 100});
}

TEST(image_sizes_by_the_scales_of_the_smaller_side) {
  const std::string fit =
      "resize_mode: FIT_SMALL_SIZE height: 300 width: 300 height_scale: 80 width_scale: 160";
  CHECK_CLOSE(pixels({0.5f, 0.5f, 1, 1}, fit), {80, 40, 160, 80});
  CHECK_CLOSE(pixels({0.5f, 0.5f, 2, 2}, fit), {80, 40, 200, 100});
}

TEST(image_sizes_want_the_size_of_the_net_s_input) {
  CHECK_FAILS(Status::kInvalidArgument, "height and width are not given",
              pixels({0, 0, 1, 1}, "resize_mode: WARP"));
}

TEST(image_sizes_are_lines_of_a_name_and_two_numbers) {
  const Folder folder;
  const std::vector<ImageSize> sizes =
      read_image_sizes(folder.file("sizes", "one 100 200\n\n  two\t3 4\r\n"));
  CHECK_EQ(sizes.size(), size_t{2});
  CHECK(sizes[1].name == "two" && sizes[1].height == 3 && sizes[1].width == 4);
  for (const char* line : {"one 100", "one 100 200 3", "one 0 1", "one -1 1", "one x 1"}) {
    CHECK_FAILS(Status::kParse,
                "bad:2: ", read_image_sizes(folder.file("bad", str("a 1 1\n", line))));
  }
  CHECK_FAILS(Status::kParse, "holds no line", read_image_sizes(folder.file("bad", "\n")));
}

}  // namespace
}  // namespace caffe::test
