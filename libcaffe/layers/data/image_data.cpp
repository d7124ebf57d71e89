// ImageData: batches of the image files that a text file lists.
//
//   source        the list, a line for each image: its path, a blank and its label, a whole number;
//                 paths may have blanks
//   root_folder   the folder that paths begin at
//   batch_size    images per forward; after the last line comes the first
//   shuffle       another random order at every epoch
//   rand_skip     begin at a random line of the first rand_skip ones
//   new_height, new_width   0: as they are, those of a batch of one size; else the size every image
//                 is made, bilinearly
//   is_color      three channels in the order blue, green, red; else one, grey
//   label_divide_factor   accepted, means nothing for the labels of whole images (ENet's fork)
//   transform_param   data/transformer.hpp
//
// Batches are made ahead of their use: prefetch and threads are those of Data.
//
// Tops: data, N x C x H x W as the first image of each batch says, and the labels, N. Every batch
// is a function of the net's seed and the batch's number. Files are JPEG, PNG, BMP, PPM (PGM, PBM),
// GIF (the first image) and, where the modules for them are installed, TIFF and WebP. Alpha is
// dropped, 16 bits become 8, an orientation in EXIF is not looked at. JPEG files that are cut off
// within their pixels are used as far as they go, and counted in the log.
//
// Differs from the original: a line without a label, or with one that is no number, is an error.
//
//   layer { name: "data" type: "ImageData" top: "data" top: "label"
//           transform_param { mirror: true crop_size: 227 }
//           image_data_param { source: "train.txt" batch_size: 50 shuffle: true } }
#include "layers/data/listed_images.hpp"

namespace caffe {
namespace {

class ImageReader {
 public:
  struct Loaded {
    Pixels image;
    int32_t label;
  };

  ImageReader(const LayerParameter& param, Phase phase)
      : param_(*param.image_data_param), transformer_(*param.transform_param, phase) {
    check_new_size("image_data_param", param_.new_height, param_.new_width);
    check_image_data(param.name, param_, {"label_divide_factor"});
    if (param_.label_divide_factor != 1) {
      CAFFE_LOG(kWarning, "layer ", quoted(param.name), ": image_data_param.label_divide_factor ",
                "has no effect on labels that are one number for an image");
    }
  }

  ListSettings settings() const {
    return {"image_data_param", param_.source, param_.batch_size, param_.rand_skip, param_.shuffle};
  }

  Loaded load(const ListedImage& image, std::vector<ImageDamage>& damaged) const {
    const int32_t label = class_label(image);
    return {listed_image(image_path(param_.root_folder, image.path), damaged, param_.is_color,
                         param_.new_height, param_.new_width),
            label};
  }

  Shape shape(const Loaded& loaded) const {
    return transformer_.shape(loaded.image.image().shape());
  }
  Shape label_shape(const Loaded&) const { return {}; }

  void write(const Loaded& loaded, Rng& rng, float* data, float* label) const {
    transformer_.transform(loaded.image.image(), rng, data);
    *label = static_cast<float>(loaded.label);
  }

 private:
  const ImageDataParameter param_;
  const Transformer transformer_;
};

const PrefetchingLayerRegistration<ListedImagesLayer<ImageReader>> registration("ImageData");

}  // namespace
}  // namespace caffe
