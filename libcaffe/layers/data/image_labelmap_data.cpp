// ImageLabelmapData: batches of images with a map of edges, both files that a list names. A label
// is round(byte / 255): 0 below 128, else 1.
//
//   source        the list, a line for each image: its path, a blank and the path of its labels
//   root_folder   the folder that paths begin at
//   batch_size    images per forward; after the last line comes the first
//   shuffle       another random order at every epoch
//   rand_skip     begin at a random line of the first rand_skip ones
//   new_height, new_width   the size images and labels are made, bilinearly
//   is_color      three channels in the order blue, green, red; else one, grey
//   transform_param   data/transformer.hpp; labels are cut and mirrored with their image
//
// Batches are made ahead of their use: prefetch and threads are those of Data.
//
// Tops: data, N x C x H x W, and the labels, N x 1 x H x W.
//
// Fork: s9xie/hed.
//
//   layer { name: "data" type: "ImageLabelmapData" top: "data" top: "label"
//           transform_param { mean_value: 104.0 mean_value: 116.7 mean_value: 122.7 }
//           image_data_param { source: "train_pair.lst" batch_size: 1 shuffle: true } }
#include <algorithm>

#include "layers/data/listed_images.hpp"

namespace caffe {
namespace {

class LabelmapReader : public PixelLabelReader {
 public:
  LabelmapReader(const LayerParameter& param, Phase phase)
      : PixelLabelReader(*param.transform_param, phase), param_(*param.image_data_param) {
    check_image_data(param.name, param_);
    check_new_size("image_data_param", param_.new_height, param_.new_width);
  }

  ListSettings settings() const {
    return {"image_data_param", param_.source, param_.batch_size, param_.rand_skip, param_.shuffle};
  }

  Loaded load(const ListedImage& line, std::vector<ImageDamage>& damaged) const {
    Loaded loaded{
        listed_image(image_path(param_.root_folder, line.path), damaged, param_.is_color, 0, 0),
        listed_image(image_path(param_.root_folder, line.label), damaged, false, 0, 0),
    };
    check_same_size(line, loaded.image, loaded.labels);
    if (param_.new_height != 0) {
      loaded.image = resize(loaded.image, param_.new_height, param_.new_width);
      loaded.labels = resize(loaded.labels, param_.new_height, param_.new_width);
    }
    for (uint8_t& value : loaded.labels.values) value = value >= 128;
    return loaded;
  }

 private:
  const ImageDataParameter param_;
};

const PrefetchingLayerRegistration<ListedImagesLayer<LabelmapReader>> registration(
    "ImageLabelmapData");

}  // namespace
}  // namespace caffe
