// ImageSegData: batches of images with labels for segmentation, from files that a list names.
//
//   source        the list, a line for each image: its path, a blank and what label_type says
//   label_type    IMAGE: behind the path stands a whole number, the label of every pixel; PIXEL:
//                 the path of an image whose grey levels are the labels; NONE: nothing that is read
//   ignore_label  255: the label of places behind the image, and with NONE of all
//   root_folder   put in front of every path, with a slash where there is none
//   batch_size    images per forward; after the last line comes the first
//   shuffle       another random order at every epoch
//   rand_skip     begin at a random line of the first rand_skip ones
//   new_height, new_width   the size images are made bilinearly and labels by their nearest pixel
//   is_color      three channels in the order blue, green, red; else one, grey
//   transform_param   scale, mirror, mean_value as in data/transformer.hpp; a crop_size, or
//                 crop_height and crop_width, may be greater than the image, which is then
//                 continued below and to the right by the mean
//   transform_param.scale_factors   none; one of them is drawn for each image, and its height and
//                 width multiplied by it before the crop (rounded down); goes with a crop only
//
// Batches are made ahead of their use: prefetch and threads are those of Data.
//
// Tops: data, N x C x H x W; labels, N x 1 x H x W, cut and mirrored with their image; optionally
// N x 1 x 1 x 2, the height and width of each image before scale_factors, at most H and W (what a
// DenseCRF behind it reads).
//
// Fork: DeepLab, v1 and v2 (TheLegendAli/DeepLab-Context, xmyqsh/deeplab-v2); V1's type
// IMAGE_SEG_DATA.
// Differs from the fork: new_height and new_width do not mix labels; labels and ignore_label need
// not be 0 to 255, where there they are cut to that.
//
//   layer { name: "data" type: "ImageSegData" top: "data" top: "label" top: "data_dim"
//           image_data_param { source: "train.txt" batch_size: 10 label_type: PIXEL shuffle: true }
//           transform_param { mean_value: 104 mean_value: 117 mean_value: 123 crop_size: 321
//           mirror: true } }
#include <algorithm>
#include <optional>
#include <utility>

#include "layers/data/listed_images.hpp"

namespace caffe {
namespace {

constexpr float kMostScale = 100;  // of scale_factors; more is a slip, and fits no memory

// DeepLab's names of the sides of a crop are others.
TransformationParameter transformation(const TransformationParameter& param) {
  TransformationParameter out = param;
  if (out.has_mean_file()) {
    fail(Status::kUnsupported, "ImageSegData takes no transform_param.mean_file, whose size would ",
         "have to be that of every image; mean_value says the mean of each channel");
  }
  if (out.has_crop_h() || out.has_crop_w()) {
    fail(Status::kUnsupported, "ImageSegData takes no transform_param.crop_h and crop_w; here ",
         "crop_height and crop_width say it");
  }
  if ((out.crop_height == 0) != (out.crop_width == 0) ||
      (out.crop_height != 0 && out.crop_size != 0)) {
    fail(Status::kInvalidArgument, "transform_param has crop_size ", out.crop_size,
         ", crop_height ", out.crop_height, " and crop_width ", out.crop_width,
         ", expected crop_size or both others");
  }
  if (!out.scale_factors.empty() && out.crop_height == 0 && out.crop_size == 0) {
    fail(Status::kInvalidArgument, "transform_param.scale_factors needs a crop, which makes the ",
         "images of a batch of one size again");
  }
  for (const float factor : out.scale_factors) {
    if (factor > 0 && factor <= kMostScale) continue;
    fail(Status::kInvalidArgument, "transform_param.scale_factors has ", factor,
         ", expected numbers greater than 0, at most ", kMostScale);
  }
  out.set_crop_h(std::exchange(out.crop_height, 0));
  out.set_crop_w(std::exchange(out.crop_width, 0));
  return out;
}

class SegReader {
 public:
  struct Loaded {
    Pixels image;
    std::optional<Pixels> labels;  // else all are `label`
    float label = 0;
  };

  SegReader(const LayerParameter& param, Phase phase)
      : param_(*param.image_data_param),
        scale_factors_(param.transform_param->scale_factors),
        transformer_(transformation(*param.transform_param), phase,
                     {"scale_factors", "crop_height", "crop_width"}, CropArea::kPadded) {
    check_image_data(param.name, param_, {"label_type", "ignore_label"});
    check_new_size("image_data_param", param_.new_height, param_.new_width);
    if (param_.label_type != ImageDataParameter::NONE &&
        param_.label_type != ImageDataParameter::IMAGE &&
        param_.label_type != ImageDataParameter::PIXEL) {
      fail(Status::kInvalidArgument,
           "image_data_param.label_type: ", static_cast<int>(param_.label_type),
           " is none of NONE, IMAGE and PIXEL");
    }
  }

  ListSettings settings() const {
    return {"image_data_param", param_.source,  param_.batch_size,
            param_.rand_skip,   param_.shuffle, param_.label_type != ImageDataParameter::NONE};
  }

  Loaded load(const ListedImage& line, std::vector<ImageDamage>& damaged) const {
    Loaded loaded;
    loaded.label = static_cast<float>(param_.ignore_label);
    if (param_.label_type == ImageDataParameter::IMAGE) {
      loaded.label = static_cast<float>(class_label(line));
    }
    const auto path = [&](const std::string& name) { return image_path(param_.root_folder, name); };
    loaded.image = listed_image(path(line.path), damaged, param_.is_color, 0, 0);
    if (param_.label_type == ImageDataParameter::PIXEL) {
      loaded.labels = listed_image(path(line.label), damaged, false, 0, 0);
      check_same_size(line, loaded.image, *loaded.labels);
    }
    if (param_.new_height != 0) loaded = sized(loaded, param_.new_height, param_.new_width);
    return loaded;
  }

  Shape shape(const Loaded& loaded) const {
    return transformer_.shape(loaded.image.image().shape());
  }
  Shape label_shape(const Loaded& loaded) const {
    const Shape data = shape(loaded);
    return {1, data[1], data[2]};
  }
  HeightWidth size(const Loaded& loaded) const {
    const Shape data = shape(loaded);
    return {std::min(loaded.image.height, data[1]), std::min(loaded.image.width, data[2])};
  }

  void write(const Loaded& loaded, Rng& rng, float* data, float* label) const {
    if (scale_factors_.empty()) return cut(loaded, rng, data, label);
    const float factor = scale_factors_[static_cast<size_t>(rng.below(scale_factors_.size()))];
    const auto height = static_cast<int64_t>(static_cast<float>(loaded.image.height) * factor);
    const auto width = static_cast<int64_t>(static_cast<float>(loaded.image.width) * factor);
    if (height == 0 || width == 0) {
      fail(Status::kShape, "scale_factors: ", factor, " leaves nothing of ", loaded.image.height,
           " x ", loaded.image.width, " pixels");
    }
    cut(factor == 1 ? loaded : sized(loaded, height, width), rng, data, label);
  }

 private:
  static Loaded sized(const Loaded& from, int64_t height, int64_t width) {
    Loaded out;
    out.image = resize(from.image, height, width);
    if (from.labels) out.labels = resize(*from.labels, height, width, Interpolation::kNearest);
    out.label = from.label;
    return out;
  }

  void cut(const Loaded& loaded, Rng& rng, float* data, float* label) const {
    const Image image = loaded.image.image();
    const CropPlace place = transformer_.draw(image.shape(), rng);
    transformer_.transform(image, place, data);
    const auto ignored = static_cast<float>(param_.ignore_label);
    if (loaded.labels) {
      return transformer_.transform_labels(loaded.labels->image(), place, label, ignored);
    }
    // One label for all, where there is an image.
    const Pixels none(image.height, image.width, 1);
    transformer_.transform_labels(none.image(), place, label, 1);
    const Shape all = label_shape(loaded);
    std::transform(label, label + all.count(), label,
                   [&](float behind) { return behind == 0 ? loaded.label : ignored; });
  }

  const ImageDataParameter param_;
  const std::vector<float> scale_factors_;
  const Transformer transformer_;
};

const PrefetchingLayerRegistration<ListedImagesLayer<SegReader>> registration("ImageSegData");

}  // namespace
}  // namespace caffe
