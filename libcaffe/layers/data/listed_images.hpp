// What the layers have in common that read the images of a list: ImageData, DenseImageData,
// ImageLabelmapData, ImageSegData. They differ in their Reader, which makes one item of one line:
//
//   Reader(const LayerParameter&, Phase)      checks the parameters
//   ListSettings settings() const
//   Loaded load(const ListedImage&, std::vector<ImageDamage>&) const
//                                             reads the files, and adds what is wrong with them
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
#include <vector>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "core/per_process.hpp"
#include "data/codecs.hpp"
#include "data/image_list.hpp"
#include "data/transformer.hpp"
#include "layers/data/prefetching_layer.hpp"
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
inline Pixels listed_image(const std::string& path, std::vector<ImageDamage>& damaged, bool color,
                           int64_t height, int64_t width,
                           Interpolation interpolation = Interpolation::kLinear) {
  std::string damage;
  Pixels image = read_image(path, color ? Colors::kBgr : Colors::kGray, &damage);
  if (!damage.empty()) damaged.push_back({path, damage});
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
class ListedImagesLayer : public PrefetchingLayer {
 public:
  ListedImagesLayer(const LayerParameter& param, const LayerContext& context)
      : PrefetchingLayer(param, context),
        reader_(param, context.phase),
        settings_(reader_.settings()) {}

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
    std::vector<ImageDamage> damaged;
    with_line(first, [&] {
      const Loaded loaded = reader_.load(first, damaged);
      for (const ImageDamage& one : damaged) report(one);
      top[0]->reshape(batch_of(settings_.batch_size, reader_.shape(loaded)));
      top[1]->reshape(batch_of(settings_.batch_size, reader_.label_shape(loaded)));
      if (top.size() > 2) top[2]->reshape(batch_of(settings_.batch_size, kSize));
    });
  }

 protected:
  Work begin(int64_t number, Batch&) override {
    const int64_t first = skip_ + checked_mul(number, settings_.batch_size);
    std::vector<const ListedImage*> lines;
    for (int64_t i = 0; i < settings_.batch_size; ++i) {
      lines.push_back(&list_[static_cast<size_t>(order_->at(first + i))]);
    }
    return [this, first, lines = std::move(lines)](Batch& batch) {
      std::vector<Items> tops;
      for (Blob& top : batch.tops) tops.emplace_back(top, settings_.batch_size);
      int64_t position = first;
      for (const ListedImage* line : lines) {
        with_line(*line, [&] { add(*line, position++, tops, batch.damaged); });
      }
    };
  }

 private:
  using Loaded = typename Reader::Loaded;

  static constexpr bool kGivesSizes =
      requires(const Reader& reader, const Loaded& loaded) { reader.size(loaded); };
  const Shape kSize{1, 1, 2};  // height and width

  // An error in `body` names the line it is about.
  template <class Body>
  void with_line(const ListedImage& image, const Body& body) const {
    with_context([&] { return str(settings_.source, ":", image.line); }, body);
  }

  void add(const ListedImage& image, int64_t position, std::vector<Items>& tops,
           std::vector<ImageDamage>& damaged) const {
    const Loaded loaded = reader_.load(image, damaged);
    const Shape item = reader_.shape(loaded);
    if (!tops[0].take(item) || !tops[1].take(reader_.label_shape(loaded))) {
      fail(Status::kShape, image.path, " has shape ", item, ", the first of its batch ",
           tops[0].shape(), "; new_height and new_width make them equal");
    }
    // Each item of the stream has a block of random numbers of its own.
    Rng rng(context().seed, context().stream * 2 + 1, static_cast<uint64_t>(position));
    reader_.write(loaded, rng, tops[0].next(), tops[1].next());
    if constexpr (kGivesSizes) {
      if (tops.size() < 3) return;
      tops[2].take(kSize);
      const HeightWidth size = reader_.size(loaded);
      float* out = tops[2].next();
      out[0] = static_cast<float>(size.h);
      out[1] = static_cast<float>(size.w);
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
};

}  // namespace caffe
