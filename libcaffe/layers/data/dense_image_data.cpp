// DenseImageData: batches of images with a label for every pixel, both files that a list names.
//
//   source        the list, a line for each image: its path, a blank and the path of its labels
//   root_folder   the folder that paths begin at
//   batch_size    images per forward; after the last line comes the first
//   shuffle       another random order at every epoch
//   rand_skip     begin at a random line of the first rand_skip ones
//   new_height, new_width   the size images are made bilinearly and labels by their nearest pixel,
//                 of whatever size their files are; else these have the image's size
//   is_color      three channels in the order blue, green, red; else one, grey
//   dense_image_data_param.crop_height   with crop_width: cuts this much, at a random place in
//                 both phases
//   dense_image_data_param.crop_width   see crop_height
//   dense_image_data_param.mirror   flips half of the images, with their labels
//   dense_image_data_param.label_divide_factor   1: labels have 1 / so many of the image's rows and
//                 columns (rounded down), taken from their file by the nearest pixel, or as they
//                 are when the file has that size; goes without a crop
//   transform_param   mean and scale, for the images only; its mirror and crop are refused
//
// Batches are made ahead of their use: prefetch and threads are those of Data.
//
// Tops: data, N x C x H x W, and the labels, N x 1 x H x W, the grey levels of their files.
//
// Fork: alexgkendall/caffe-segnet; TimoSaemann/caffe-enet (label_divide_factor).
//
//   layer { name: "data" type: "DenseImageData" top: "data" top: "label"
//           dense_image_data_param { source: "train.txt" batch_size: 4 shuffle: true } }
#include "layers/data/listed_images.hpp"

namespace caffe {
namespace {

// Its own crop and mirror in the words of transform_param.
TransformationParameter transformation(const LayerParameter& layer) {
  const DenseImageDataParameter& param = *layer.dense_image_data_param;
  TransformationParameter out = *layer.transform_param;
  if (out.mirror || out.crop_size != 0 || out.crop_h != 0 || out.crop_w != 0) {
    fail(Status::kInvalidArgument, "transform_param cannot mirror or crop here; mirror, ",
         "crop_height and crop_width of dense_image_data_param can");
  }
  if ((param.crop_height == 0) != (param.crop_width == 0)) {
    fail(Status::kInvalidArgument, "dense_image_data_param has crop_height ", param.crop_height,
         " and crop_width ", param.crop_width, ", expected both or none");
  }
  if (param.label_divide_factor == 0) {
    fail(Status::kInvalidArgument, "dense_image_data_param.label_divide_factor must be at least 1");
  }
  if (param.label_divide_factor > 1 && param.crop_height != 0) {
    fail(Status::kInvalidArgument, "dense_image_data_param.label_divide_factor goes without ",
         "crop_height and crop_width: the labels of a part would lie between places");
  }
  if (param.has_mean_file()) {
    CAFFE_LOG(kWarning, "layer ", quoted(layer.name), ": mean_file has no effect in ",
              "dense_image_data_param; it belongs into transform_param");
  }
  out.set_mirror(param.mirror);
  out.set_crop_h(param.crop_height);
  out.set_crop_w(param.crop_width);
  return out;
}

class DenseReader : public PixelLabelReader {
 public:
  DenseReader(const LayerParameter& param, Phase)
      // In TRAIN crops are at random places.
      : PixelLabelReader(transformation(param), TRAIN), param_(*param.dense_image_data_param) {
    check_new_size("dense_image_data_param", param_.new_height, param_.new_width);
  }

  ListSettings settings() const {
    return {"dense_image_data_param", param_.source, param_.batch_size, param_.rand_skip,
            param_.shuffle};
  }

  Loaded load(const ListedImage& line, std::vector<ImageDamage>& damaged) const {
    const auto path = [&](const std::string& name) { return image_path(param_.root_folder, name); };
    Loaded loaded{listed_image(path(line.path), damaged, param_.is_color, 0, 0),
                  listed_image(path(line.label), damaged, false, 0, 0)};
    const int64_t factor = param_.label_divide_factor;
    const int64_t height = param_.new_height != 0 ? param_.new_height : loaded.image.height;
    const int64_t width = param_.new_width != 0 ? param_.new_width : loaded.image.width;
    if (height < factor || width < factor) {
      fail(Status::kShape, line.path, ": nothing is left of the labels of ", height, " x ", width,
           " pixels with label_divide_factor ", factor);
    }
    Pixels& labels = loaded.labels;
    const bool divided = labels.height == height / factor && labels.width == width / factor;
    if (param_.new_height == 0 && !divided) check_same_size(line, loaded.image, labels);
    loaded.image = sized(loaded.image, height, width, Interpolation::kLinear);
    labels = sized(labels, height / factor, width / factor, Interpolation::kNearest);
    return loaded;
  }

 private:
  static Pixels sized(Pixels& image, int64_t height, int64_t width, Interpolation interpolation) {
    if (image.height == height && image.width == width) return std::move(image);
    return resize(image, height, width, interpolation);
  }

  const DenseImageDataParameter param_;
};

const PrefetchingLayerRegistration<ListedImagesLayer<DenseReader>> registration("DenseImageData");

}  // namespace
}  // namespace caffe
