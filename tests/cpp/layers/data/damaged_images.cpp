// layers/data/damaged_images.hpp: how often the log tells of images that are cut off.
#include "layers/data/damaged_images.hpp"

#include "support/check.hpp"
#include "support/logged.hpp"

namespace caffe {
namespace {

TEST(damaged_images_are_told_of_in_powers_of_ten) {
  const test::Logged log;
  DamagedImages images("d");
  images.add({"whole.jpg", ""});
  CHECK_EQ(log.count("d"), 0);
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (int i = 0; i < 120; ++i) images.add({str(i, ".jpg"), "the file is cut off"});
  }
  CHECK_EQ(
      log.count("layer \"d\": 0.jpg: the file is cut off and is used as far as it goes; 1 such "
                "image so far, the next line comes at 10"),
      1);
  CHECK_EQ(log.count("9.jpg: the file is cut off and is used as far as it goes; 10 such images so "
                     "far, the next line comes at 100"),
           1);
  CHECK_EQ(log.count("cut off"), 3);
}

}  // namespace
}  // namespace caffe
