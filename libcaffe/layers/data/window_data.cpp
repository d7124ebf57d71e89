// WindowData: batches of windows of images, as R-CNN trains on them: windows of the background
// first, then windows of objects, each drawn at random from all of its kind.
//
//   source         lists images and their windows: `# number`, path, channels, height, width, how
//                  many windows, then a line `class overlap x1 y1 x2 y2` for each, corners included
//   root_folder    the folder that paths begin at
//   batch_size     windows per forward
//   fg_threshold   a window that overlaps its object by this much is one of an object
//   bg_threshold   one that overlaps by less is background, its label 0
//   fg_fraction    the share of object windows in a batch, rounded down
//   crop_mode      warp: a window is made square whatever its shape; square: the smallest square
//                  around the window is taken
//   context_pad    pixels around the window within crop_size; what lies outside of the image is 0
//   cache_images   keep the files in memory
//   window_data_param.scale   multiplies after the mean is taken off
//   transform_param   crop_size, the side of the tops' images; mirror; mean_file, whose middle is
//                  taken; mean_value
//
// Tops: data, N x 3 x crop_size x crop_size, and the labels, N. Every batch is a function of the
// net's seed and the batch's number.
//
// Girshick et al., "Rich feature hierarchies for accurate object detection and semantic
// segmentation", CVPR 2014.
//
// Differs from the original: no windows of a kind that a batch needs, windows outside of their
// image and a mean smaller than the crop are errors.
//
//   layer { name: "data" type: "WindowData" top: "data" top: "label"
//           transform_param { mirror: true crop_size: 227 mean_file: "mean.binaryproto" }
//           window_data_param { source: "windows.txt" batch_size: 128 context_pad: 16 } }
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "core/checked.hpp"
#include "core/file_kind.hpp"
#include "core/files.hpp"
#include "core/per_process.hpp"
#include "data/codecs.hpp"
#include "data/image_list.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/data/batches.hpp"
#include "layers/data/damaged_images.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"

namespace caffe {
namespace {

struct Window {
  size_t image;
  int32_t label;
  int64_t x1, y1, x2, y2;
};

// Where a window comes from in its image, and where it goes in the square of the top.
struct WindowPlace {
  int64_t x1, y1, x2, y2;         // within the image, corners included
  int64_t height, width;          // in the top
  int64_t above = 0, before = 0;  // of zeros in the top
};

class WindowDataLayer final : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::exact(0, 2); }

  void init(const BlobPointers&, const BlobPointers& top) override {
    if (batch_size() == 0) {
      fail(Status::kInvalidArgument, "window_data_param.batch_size is 0 or missing, expected a ",
           "number of windows");
    }
    if (crop() == 0) {
      fail(Status::kInvalidArgument, "transform_param.crop_size is missing: the side of the ",
           "windows in the top");
    }
    if (window().crop_mode != "warp" && window().crop_mode != "square") {
      fail(Status::kInvalidArgument, "window_data_param.crop_mode is ",
           caffe::quoted(window().crop_mode), ", expected \"warp\" or \"square\"");
    }
    if (2 * static_cast<int64_t>(window().context_pad) >= crop()) {
      fail(Status::kInvalidArgument, "window_data_param.context_pad is ", window().context_pad,
           ", expected less than half of crop_size, which is ", crop());
    }
    read_means();
    read_windows();
    if (!(window().fg_fraction >= 0 && window().fg_fraction <= 1)) {
      fail(Status::kInvalidArgument, "window_data_param.fg_fraction is ", window().fg_fraction,
           ", expected 0 to 1");
    }
    objects_per_batch_ =
        static_cast<int64_t>(static_cast<float>(batch_size()) * window().fg_fraction);
    for (const bool object : {false, true}) {
      const int64_t needed = object ? objects_per_batch_ : batch_size() - objects_per_batch_;
      if (needed > 0 && windows_[object].empty()) {
        fail(Status::kInvalidArgument, window().source, ": has no window ",
             object ? "that overlaps by fg_threshold" : "that overlaps by less than bg_threshold",
             ", and each batch needs ", needed);
      }
    }
    top[0]->reshape({batch_size(), kChannels, crop(), crop()});
    top[1]->reshape({batch_size()});
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    const Batch& batch = batches_.next();
    std::copy(batch.data.begin(), batch.data.end(), top[0]->data().write());
    std::copy(batch.labels.begin(), batch.labels.end(), top[1]->data().write());
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

  void seek(int64_t pass) override { batches_.seek(pass); }
  double wait_seconds() const override { return batches_.wait_seconds(); }

 private:
  static constexpr int64_t kChannels = 3;

  struct Batch {
    std::vector<float> data, labels;
  };

  const WindowDataParameter& window() const { return *param().window_data_param; }
  const TransformationParameter& transform() const { return *param().transform_param; }
  int64_t batch_size() const { return window().batch_size; }
  int64_t crop() const { return transform().crop_size; }

  void read_means() {
    const std::vector<float>& values = transform().mean_value;
    if (transform().mean_file.empty()) {
      if (values.size() > 1 && values.size() != kChannels) {
        fail(Status::kInvalidArgument, "mean_value is given ", values.size(), " times, expected ",
             "once or once for each of the image's ", kChannels, " channels");
      }
      return;
    }
    if (!values.empty()) {
      fail(Status::kInvalidArgument, "transform_param has mean_file and mean_value, expected one");
    }
    const BlobProto proto = read_blob(transform().mean_file);
    const Shape shape(blob_shape(proto));
    mean_.assign(proto.data.begin(), proto.data.end());
    if (shape.axes() < 3 || shape.count() != static_cast<int64_t>(mean_.size()) ||
        shape.count(0, shape.axes() - 2) != kChannels || shape.dim(-1) < crop()) {
      fail(Status::kShape, "mean file ", caffe::quoted(transform().mean_file), ": expected ",
           kChannels, " channels of at least ", crop(), " x ", crop(), " values, found shape ",
           shape);
    }
    mean_height_ = shape.dim(-2);
    mean_width_ = shape.dim(-1);
    mean_offset_ = (mean_width_ - crop()) / 2;
    if (mean_offset_ + crop() > mean_height_) {
      fail(Status::kShape, "mean file ", caffe::quoted(transform().mean_file), ": its shape is ",
           shape, "; the middle that is taken begins at ", mean_offset_, " and has ", crop(),
           " rows");
    }
  }

  void read_windows() {
    std::istringstream file(
        with_context([] { return "the list of windows"; },
                     [&] { return read_text_only(window().source, "a list of windows"); }));
    std::string hash, path;
    for (int64_t number = 0; file >> hash >> number;) {
      int64_t channels = 0, height = 0, width = 0, windows = 0;
      std::getline(file >> std::ws, path);
      if (hash != "#" || !(file >> channels >> height >> width >> windows)) fail_at(number);
      path.erase(path.find_last_not_of(" \t\r") + 1);
      if (channels != kChannels) {
        fail(Status::kShape, window().source, ": image ", number, " has ", channels,
             " channels, expected ", kChannels);
      }
      images_.push_back(path);
      for (int64_t i = 0; i < windows; ++i) {
        Window one{images_.size() - 1, 0, 0, 0, 0, 0};
        float overlap = 0;
        if (!(file >> one.label >> overlap >> one.x1 >> one.y1 >> one.x2 >> one.y2)) {
          fail_at(number);
        }
        add_window(one, overlap, number, height, width);
      }
    }
    if (!file.eof()) fail_at(static_cast<int64_t>(images_.size()));
    if (images_.empty()) {
      fail(Status::kInvalidArgument, window().source, ": lists no image");
    }
  }

  [[noreturn]] void fail_at(int64_t image) const {
    fail(Status::kParse, window().source, ": image ", image, ": expected a hash and a number, a ",
         "path, channels, height, width, the number of windows, and six numbers for each");
  }

  void add_window(Window one, float overlap, int64_t number, int64_t height, int64_t width) {
    if (one.x1 < 0 || one.y1 < 0 || one.x2 < one.x1 || one.y2 < one.y1 || one.x2 >= width ||
        one.y2 >= height) {
      fail(Status::kInvalidArgument, window().source, ": image ", number, ": the window ", one.x1,
           " ", one.y1, " ", one.x2, " ", one.y2, " is not within the image of ", height, " x ",
           width);
    }
    if (overlap >= window().fg_threshold) {
      if (one.label <= 0) {
        fail(Status::kInvalidArgument, window().source, ": image ", number, ": a window of an ",
             "object has label ", one.label, ", expected one above 0");
      }
      windows_[true].push_back(one);
    } else if (overlap < window().bg_threshold) {
      one.label = 0;
      windows_[false].push_back(one);
    }
  }

  // On the prefetching thread.
  void produce(int64_t pass, Batch& batch) {
    batch.data.assign(static_cast<size_t>(batch_size() * kChannels * crop() * crop()), 0);
    batch.labels.resize(static_cast<size_t>(batch_size()));
    for (int64_t i = 0; i < batch_size(); ++i) {
      Rng rng(context().seed, context().stream * 2 + 1,
              static_cast<uint64_t>(checked_mul(pass, batch_size()) + i));
      const auto& kind = windows_[i >= batch_size() - objects_per_batch_];
      const Window& one = kind[static_cast<size_t>(rng.below(kind.size()))];
      const bool mirrored = transform().mirror && rng.below(2) == 1;
      with_context(
          [&] { return window().source; },
          [&] { write(one, mirrored, batch.data.data() + i * kChannels * crop() * crop()); });
      batch.labels[static_cast<size_t>(i)] = static_cast<float>(one.label);
    }
  }

  Pixels image_of(const Window& one) {
    const std::string path = image_path(window().root_folder, images_[one.image]);
    std::string damage;
    const auto read = [&] {
      if (!window().cache_images) return read_image(path, Colors::kBgr, &damage);
      auto& file = (*cache_)[one.image];
      if (file.empty()) file = read_file(path);
      return with_context([&] { return path; },
                          [&] { return decode_image(file, Colors::kBgr, &damage); });
    };
    Pixels image = read();
    damaged_.add(path, damage);
    return image;
  }

  void write(const Window& one, bool mirrored, float* out) {
    const Pixels image = image_of(one);
    if (one.x2 >= image.width || one.y2 >= image.height) {
      fail(Status::kShape, images_[one.image], " has ", image.height, " x ", image.width,
           " pixels, fewer than the list says: a window reaches to ", one.y2, ", ", one.x2);
    }
    const WindowPlace place = place_of(one, image, mirrored);
    if (place.height < 1 || place.width < 1) return;  // nothing but context
    Pixels part =
        resize(cut(image, place.y1, place.x1, place.y2 - place.y1 + 1, place.x2 - place.x1 + 1),
               place.height, place.width);
    if (mirrored) mirror(part);
    for (int64_t c = 0; c < kChannels; ++c) {
      for (int64_t y = 0; y < part.height; ++y) {
        float* row = out + (c * crop() + place.above + y) * crop() + place.before;
        const uint8_t* pixel = part.row(y) + c;
        for (int64_t x = 0; x < part.width; ++x, pixel += kChannels) {
          row[x] = (static_cast<float>(*pixel) - mean_at(c, place.above + y, place.before + x)) *
                   window().scale;
        }
      }
    }
  }

  float mean_at(int64_t c, int64_t y, int64_t x) const {
    const std::vector<float>& values = transform().mean_value;
    if (!mean_.empty()) {
      return mean_[static_cast<size_t>((c * mean_height_ + y + mean_offset_) * mean_width_ + x +
                                       mean_offset_)];
    }
    return values.empty() ? 0 : values[values.size() == 1 ? 0 : static_cast<size_t>(c)];
  }

  WindowPlace place_of(const Window& one, const Pixels& image, bool mirrored) const {
    WindowPlace place{one.x1, one.y1, one.x2, one.y2, crop(), crop()};
    const bool square = window().crop_mode == "square";
    if (window().context_pad == 0 && !square) return place;
    // The window with its context, which may reach beyond the image.
    const auto side = static_cast<float>(crop());
    const float context = side / (side - 2 * static_cast<float>(window().context_pad));
    float half_height = static_cast<float>(one.y2 - one.y1 + 1) / 2;
    float half_width = static_cast<float>(one.x2 - one.x1 + 1) / 2;
    const float center_x = static_cast<float>(one.x1) + half_width;
    const float center_y = static_cast<float>(one.y1) + half_height;
    if (square) half_height = half_width = std::max(half_height, half_width);
    const auto whole = [](float value) { return static_cast<int64_t>(std::round(value)); };
    const int64_t x1 = whole(center_x - half_width * context);
    const int64_t x2 = whole(center_x + half_width * context);
    const int64_t y1 = whole(center_y - half_height * context);
    const int64_t y2 = whole(center_y + half_height * context);
    place.x1 = std::max<int64_t>(x1, 0);
    place.y1 = std::max<int64_t>(y1, 0);
    place.x2 = std::min(x2, image.width - 1);
    place.y2 = std::min(y2, image.height - 1);
    // How much of the top each part takes.
    const float scale_x = side / static_cast<float>(x2 - x1 + 1);
    const float scale_y = side / static_cast<float>(y2 - y1 + 1);
    const auto scaled = [&](int64_t count, float scale) {
      return whole(static_cast<float>(count) * scale);
    };
    place.before = mirrored ? scaled(x2 - place.x2, scale_x) : scaled(place.x1 - x1, scale_x);
    place.above = scaled(place.y1 - y1, scale_y);
    // Rounding may want one pixel more than there is.
    place.height = std::min(scaled(place.y2 - place.y1 + 1, scale_y), crop() - place.above);
    place.width = std::min(scaled(place.x2 - place.x1 + 1, scale_x), crop() - place.before);
    return place;
  }

  std::vector<std::string> images_;  // as the list gives them
  std::vector<Window> windows_[2];   // of the background, of objects
  int64_t objects_per_batch_ = 0;
  std::vector<float> mean_;
  int64_t mean_height_ = 0, mean_width_ = 0, mean_offset_ = 0;
  using Cache = std::map<size_t, std::string>;  // files, by their place in images_
  PerProcess<Cache> cache_{[] { return std::make_unique<Cache>(); }};
  DamagedImages damaged_{name()};
  Batches<Batch> batches_{param().data_param->prefetch,
                          [this](int64_t pass, Batch& batch) { produce(pass, batch); }};
};

const LayerRegistration<WindowDataLayer> registration("WindowData");

}  // namespace
}  // namespace caffe
