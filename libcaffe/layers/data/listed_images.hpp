// What the layers have in common that read the images of a list: ImageData, DenseImageData,
// ImageLabelmapData, ImageSegData. They differ in their Reader, which makes one item of one line:
//
//   Reader(const LayerParameter&, Phase)      checks the parameters
//   ListSettings settings() const
//   Loaded load(const ListedImage&, DamagedImages&) const
//                                             reads the files; on the prefetching thread
//   Shape shape(const Loaded&) const          of the item's data, C x H x W
//   Shape label_shape(const Loaded&) const    of its label, without the axis of the batch
//   void write(const Loaded&, Rng&, float* data, float* label) const
//
// A Reader that gives a third top, with the height and the width of each item's image as far as it
// is seen, says how large these are:
//
//   HeightWidth size(const Loaded&) const
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "core/per_process.hpp"
#include "data/codecs.hpp"
#include "data/image_list.hpp"
#include "data/transformer.hpp"
#include "layers/base/layer.hpp"
#include "layers/data/batches.hpp"
#include "layers/data/damaged_images.hpp"
#include "layers/pooling/pooling_geometry.hpp"

namespace caffe {

struct ListSettings {
  std::string parameter;  // "image_data_param", for messages
  std::string source;
  int64_t batch_size = 0;
  int64_t rand_skip = 0;
  bool shuffle = false;
  bool labelled = true;  // a label stands behind each path
};

// Reads one image of a list and gives it the size asked for; 0 x 0 asks for none.
inline Pixels listed_image(const std::string& path, DamagedImages& damaged, bool color,
                           int64_t height, int64_t width,
                           Interpolation interpolation = Interpolation::kLinear) {
  std::string damage;
  Pixels image = read_image(path, color ? Colors::kBgr : Colors::kGray, &damage);
  damaged.add(path, damage);
  return height == 0 ? image : resize(image, height, width, interpolation);
}

inline void check_new_size(const std::string& parameter, int64_t height, int64_t width) {
  if ((height == 0) != (width == 0)) {
    fail(Status::kInvalidArgument, parameter, " has new_height ", height, " and new_width ", width,
         ", expected both or none");
  }
}

// Refuses what only forks' image_data_param knows, but for `known`, and warns of what does not
// belong there.
inline void check_image_data(const std::string& layer, const ImageDataParameter& param,
                             const std::vector<std::string>& known = {}) {
  const std::pair<bool, const char*> forks[] = {
      {param.has_has_label(), "has_label"},
      {param.has_max_labels(), "max_labels"},
      {param.has_min_height(), "min_height"},
      {param.has_min_width(), "min_width"},
      {param.has_label_type(), "label_type"},
      {param.has_ignore_label(), "ignore_label"},
      {param.has_label_divide_factor(), "label_divide_factor"}};
  for (const auto& [given, name] : forks) {
    if (!given || std::find(known.begin(), known.end(), name) != known.end()) continue;
    fail(Status::kUnsupported, "image_data_param.", name, " is a fork's and is not supported");
  }
  if (param.has_scale() || param.has_mean_file() || param.has_crop_size() || param.has_mirror()) {
    CAFFE_LOG(kWarning, "layer ", quoted(layer), ": scale, mean_file, crop_size and mirror ",
              "have no effect in image_data_param; they belong into transform_param");
  }
}

inline void check_same_size(const ListedImage& line, const Pixels& image, const Pixels& labels) {
  if (image.height == labels.height && image.width == labels.width) return;
  fail(Status::kShape, line.path, " has ", image.height, " x ", image.width, " pixels, its labels ",
       line.label, " have ", labels.height, " x ", labels.width);
}

// The base of readers of images with a label for every pixel: what they do once both are loaded.
class PixelLabelReader {
 public:
  struct Loaded {
    Pixels image, labels;
  };

  Shape shape(const Loaded& loaded) const {
    return transformer_.shape(loaded.image.image().shape());
  }
  Shape label_shape(const Loaded& loaded) const {
    const Shape image = loaded.image.image().shape(), data = shape(loaded);
    // Only what is not cut may have labels of another size.
    if (data == image) return {1, loaded.labels.height, loaded.labels.width};
    return {1, data[1], data[2]};
  }

  void write(const Loaded& loaded, Rng& rng, float* data, float* label) const {
    const CropPlace place = transformer_.draw(loaded.image.image().shape(), rng);
    transformer_.transform(loaded.image.image(), place, data);
    transformer_.transform_labels(loaded.labels.image(), place, label);
  }

 protected:
  PixelLabelReader(const TransformationParameter& param, Phase phase)
      : transformer_(param, phase) {}

 private:
  const Transformer transformer_;
};

template <class Reader>
class ListedImagesLayer final : public Layer {
 public:
  ListedImagesLayer(const LayerParameter& param, const LayerContext& context)
      : Layer(param, context), reader_(param, context.phase), settings_(reader_.settings()) {}

  Arity arity() const override { return {0, 0, 2, kGivesSizes ? 3 : 2, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    if (settings_.source.empty()) {
      fail(Status::kInvalidArgument, settings_.parameter, ".source is missing");
    }
    if (settings_.batch_size == 0) {
      fail(Status::kInvalidArgument, settings_.parameter, ".batch_size is 0 or missing, expected ",
           "a number of images");
    }
    list_ =
        settings_.labelled ? read_image_list(settings_.source) : read_name_list(settings_.source);
    if (settings_.rand_skip != 0) {
      // A block that no epoch reaches.
      Rng rng = filler_rng(uint64_t{1} << 31);
      skip_ = static_cast<int64_t>(rng.below(static_cast<uint64_t>(settings_.rand_skip)));
    }
    const ListedImage& first = list_[static_cast<size_t>(order_->at(skip_))];
    with_line(first, [&] {
      const Loaded loaded = reader_.load(first, damaged_);
      top[0]->reshape(of_batch(reader_.shape(loaded)));
      top[1]->reshape(of_batch(reader_.label_shape(loaded)));
      if (top.size() > 2) top[2]->reshape({settings_.batch_size, 1, 1, 2});
    });
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    const Batch& batch = batches_.next();
    top[0]->reshape(batch.shape);
    std::copy(batch.data.begin(), batch.data.end(), top[0]->data().write());
    top[1]->reshape(batch.label_shape);
    std::copy(batch.labels.begin(), batch.labels.end(), top[1]->data().write());
    if (top.size() < 3) return;
    top[2]->reshape({settings_.batch_size, 1, 1, 2});
    std::copy(batch.sizes.begin(), batch.sizes.end(), top[2]->data().write());
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

  void seek(int64_t pass) override { batches_.seek(pass); }
  double wait_seconds() const override { return batches_.wait_seconds(); }

 private:
  using Loaded = typename Reader::Loaded;

  static constexpr bool kGivesSizes =
      requires(const Reader& reader, const Loaded& loaded) { reader.size(loaded); };

  struct Batch {
    Shape shape, label_shape;
    std::vector<float> data, labels, sizes;
  };

  Shape of_batch(const Shape& item) const {
    std::vector<int64_t> dims = item.dims();
    dims.insert(dims.begin(), settings_.batch_size);
    return Shape(dims);
  }

  // An error in `body` names the line it is about.
  template <class Body>
  void with_line(const ListedImage& image, const Body& body) const {
    with_context([&] { return str(settings_.source, ":", image.line); }, body);
  }

  // On the prefetching thread from the first forward on.
  void produce(int64_t pass, Batch& batch) {
    const int64_t first = skip_ + checked_mul(pass, settings_.batch_size);
    for (int64_t i = 0; i < settings_.batch_size; ++i) {
      const ListedImage& image = list_[static_cast<size_t>(order_->at(first + i))];
      with_line(image, [&] { add(image, first + i, i, batch); });
    }
  }

  void add(const ListedImage& image, int64_t position, int64_t i, Batch& batch) {
    const Loaded loaded = reader_.load(image, damaged_);
    const Shape item = reader_.shape(loaded), label = reader_.label_shape(loaded);
    if (i == 0) {
      batch.shape = of_batch(item);
      batch.label_shape = of_batch(label);
      batch.data.resize(static_cast<size_t>(batch.shape.count()));
      batch.labels.resize(static_cast<size_t>(batch.label_shape.count()));
      batch.sizes.resize(static_cast<size_t>(2 * settings_.batch_size));
    } else if (!(of_batch(item) == batch.shape && of_batch(label) == batch.label_shape)) {
      fail(Status::kShape, image.path, " has shape ", item, ", the first of its batch ",
           Shape({batch.shape[1], batch.shape[2], batch.shape[3]}),
           "; new_height and new_width make them equal");
    }
    // Each item of the stream has a block of random numbers of its own.
    Rng rng(context().seed, context().stream * 2 + 1, static_cast<uint64_t>(position));
    reader_.write(loaded, rng, batch.data.data() + i * item.count(),
                  batch.labels.data() + i * label.count());
    if constexpr (kGivesSizes) {
      const HeightWidth size = reader_.size(loaded);
      batch.sizes[static_cast<size_t>(2 * i)] = static_cast<float>(size.h);
      batch.sizes[static_cast<size_t>(2 * i + 1)] = static_cast<float>(size.w);
    }
  }

  const Reader reader_;
  const ListSettings settings_;
  std::vector<ListedImage> list_;
  PerProcess<EpochOrder> order_{[this] {
    return std::make_unique<EpochOrder>(static_cast<int64_t>(list_.size()), settings_.shuffle,
                                        this->context().seed, this->context().stream * 2);
  }};
  int64_t skip_ = 0;  // where pass 0 begins
  DamagedImages damaged_{name()};
  Batches<Batch> batches_{this->param().data_param->prefetch,
                          [this](int64_t pass, Batch& batch) { produce(pass, batch); }};
};

}  // namespace caffe
