// data/windows.hpp: which windows of a list are objects, and what the square around one holds.
#include "data/windows.hpp"

#include "support/check.hpp"
#include "support/folder.hpp"

namespace caffe {
namespace {

using test::Folder;

// Pixel (y, x) is 10 y + x in all channels.
Pixels numbered(int64_t height, int64_t width) {
  Pixels image(height, width, 3);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t i = 0; i < 3 * width; ++i) image.row(y)[i] = static_cast<uint8_t>(10 * y + i / 3);
  }
  return image;
}

TEST(windows_are_sorted_by_their_overlap) {
  const Folder folder;
  const std::string list =
      folder.file("windows.txt",
                  "# 0\na b.jpg\n3\n6\n8\n3\n2 0.5 1 1 4 4\n7 0.4 0 0 3 3\n9 0.45 2 2 3 3\n"
                  "# 1\nc.jpg \n3\n5\n5\n1\n1 1 0 0 4 4\n");
  const WindowList windows = read_window_list(list, 0.5f, 0.45f);
  CHECK(windows.images == std::vector<std::string>({"a b.jpg", "c.jpg"}));
  CHECK_EQ(windows.objects.size(), size_t{2});
  CHECK_EQ(windows.objects[0].label, 2);
  CHECK_EQ(windows.objects[1].image, size_t{1});
  CHECK_EQ(windows.objects[1].x2, 4);
  CHECK_EQ(windows.background.size(), size_t{1});  // 0.45 is neither
  CHECK_EQ(windows.background[0].label, 0);
}

TEST(windows_lists_need_images_of_three_channels) {
  const Folder folder;
  CHECK_FAILS(Status::kInvalidArgument, "lists no image",
              read_window_list(folder.file("none.txt", "\n"), 0.5f, 0.5f));
  CHECK_FAILS(Status::kShape, "image 4 has 1 channels, expected 3",
              read_window_list(folder.file("gray.txt", "# 4\ng.jpg\n1\n6\n8\n0\n"), 0.5f, 0.5f));
}

TEST(window_part_is_the_window_itself_without_context) {
  const WindowPart part = window_part(numbered(6, 8), {0, 1, 2, 1, 5, 4}, {4}, false);
  CHECK(part.above == 0 && part.before == 0 && part.pixels.height == 4 && part.pixels.width == 4);
  CHECK_EQ(int{part.pixels.row(0)[0]}, 12);
  CHECK_EQ(int{part.pixels.row(3)[11]}, 45);
  const WindowPart mirrored = window_part(numbered(6, 8), {0, 1, 2, 1, 5, 4}, {4}, true);
  CHECK_EQ(int{mirrored.pixels.row(0)[0]}, 15);
}

TEST(window_part_leaves_out_what_lies_beyond_the_image) {
  // With its context the window in the corner reaches beyond two sides of the image.
  const WindowPart part = window_part(numbered(12, 12), {0, 1, 0, 0, 3, 3}, {8, 2}, false);
  CHECK(part.above > 0 && part.before > 0);
  CHECK_EQ(part.above + part.pixels.height, 8);
  CHECK_EQ(part.before + part.pixels.width, 8);
  const WindowPart mirrored = window_part(numbered(12, 12), {0, 1, 0, 0, 3, 3}, {8, 2}, true);
  CHECK_EQ(mirrored.before, 0);  // what is missing is on the other side
  CHECK_EQ(mirrored.pixels.width, part.pixels.width);
}

TEST(window_part_of_a_square_keeps_the_proportions) {
  // 2 x 6 pixels in the middle of 6 x 8: the square around them has 6 rows.
  const WindowPart part = window_part(numbered(6, 8), {0, 1, 1, 2, 6, 3}, {12, 0, true}, false);
  CHECK_EQ(part.above, 0);
  CHECK(part.pixels.height >= 10);
}

}  // namespace
}  // namespace caffe
