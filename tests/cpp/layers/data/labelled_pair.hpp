// What the layers are tried on that read images with a label for every pixel: DenseImageData and
// ImageLabelmapData.
#pragma once

#include <string>

#include "support/check.hpp"
#include "support/data_layer.hpp"
#include "support/images.hpp"
#include "support/logged.hpp"

namespace caffe::test {

// An image of 4 x 6 whose values count up, grey, and labels that are the same times 10.
struct LabelledPair {
  LabelledPair() {
    test::make_png(folder, "im.png", counting(4, 6, 1));
    Pixels labels = counting(4, 6, 1);
    for (uint8_t& value : labels.values) value = static_cast<uint8_t>(10 * value);
    test::make_png(folder, "lab.png", labels);
    folder.file("list.txt", "im.png lab.png\n");
  }
  std::string dense(const std::string& more, const std::string& transform = "") const {
    return str("type: 'DenseImageData' top: 'a' top: 'b' dense_image_data_param { source: '",
               folder.file("list.txt"), "' root_folder: '", folder.path.string(),
               "/' batch_size: 1 is_color: false ", more, " } transform_param { ", transform, " }");
  }
  std::string labelmap(const std::string& more, const std::string& transform = "") const {
    return str("type: 'ImageLabelmapData' top: 'a' top: 'b' image_data_param { source: '",
               folder.file("list.txt"), "' root_folder: '", folder.path.string(),
               "/' is_color: false ", more, " } transform_param { ", transform, " }");
  }
  Folder folder;
};

// Layers of `text` do without the slash at the end of root_folder.
inline void check_root_folder(const LabelledPair& pair, std::string text) {
  const std::string root = pair.folder.path.string();
  DataLayer with_slash(text);
  text.replace(text.find(root + "/'"), root.size() + 1, root);
  DataLayer without_slash(text);
  CHECK(with_slash.next() == without_slash.next());
}

// They use what is there of a file that is cut off, and count it.
inline void check_cut_off(const LabelledPair& pair, const std::string& text) {
  const std::string file = encode_image(counting(64, 64, 3), "jpg");
  pair.folder.file("cut.jpg", file.substr(0, file.size() / 2));
  pair.folder.file("list.txt", "cut.jpg cut.jpg\n");
  const Logged log;
  DataLayer layer(text);
  layer.forward();
  CHECK_EQ(log.count("cut.jpg: the file is cut off"), 1);
}

}  // namespace caffe::test
