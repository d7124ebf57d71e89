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
// Batches are made ahead of their use: prefetch and threads are those of Data.
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
#include <map>

#include "core/checked.hpp"
#include "core/files.hpp"
#include "core/per_process.hpp"
#include "data/codecs.hpp"
#include "data/image_list.hpp"
#include "data/windows.hpp"
#include "layers/data/prefetching_layer.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"

namespace caffe {
namespace {

class WindowDataLayer : public PrefetchingLayer {
 public:
  using PrefetchingLayer::PrefetchingLayer;

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
    list_ = read_window_list(window().source, window().fg_threshold, window().bg_threshold);
    if (!(window().fg_fraction >= 0 && window().fg_fraction <= 1)) {
      fail(Status::kInvalidArgument, "window_data_param.fg_fraction is ", window().fg_fraction,
           ", expected 0 to 1");
    }
    objects_per_batch_ =
        static_cast<int64_t>(static_cast<float>(batch_size()) * window().fg_fraction);
    for (const bool object : {false, true}) {
      const int64_t needed = object ? objects_per_batch_ : batch_size() - objects_per_batch_;
      if (needed > 0 && (object ? list_.objects : list_.background).empty()) {
        fail(Status::kInvalidArgument, window().source, ": has no window ",
             object ? "that overlaps by fg_threshold" : "that overlaps by less than bg_threshold",
             ", and each batch needs ", needed);
      }
    }
    top[0]->reshape(batch_of(batch_size(), shape()));
    top[1]->reshape({batch_size()});
  }

 protected:
  Work begin(int64_t number, Batch&) override {
    std::vector<Drawn> drawn;
    for (int64_t i = 0; i < batch_size(); ++i) {
      Rng rng(context().seed, context().stream * 2 + 1,
              static_cast<uint64_t>(checked_mul(number, batch_size()) + i));
      const bool object = i >= batch_size() - objects_per_batch_;
      const std::vector<Window>& kind = object ? list_.objects : list_.background;
      const Window& one = kind[static_cast<size_t>(rng.below(kind.size()))];
      drawn.push_back({&one, transform().mirror && rng.below(2) == 1, cached(one)});
    }
    return [this, drawn = std::move(drawn)](Batch& batch) {
      Items data(batch.tops[0], batch_size()), labels(batch.tops[1], batch_size());
      for (const Drawn& one : drawn) {
        data.take(shape());
        labels.take({});
        with_context([&] { return window().source; },
                     [&] { write(one, data.next(), batch.damaged); });
        *labels.next() = static_cast<float>(one.window->label);
      }
    };
  }

 private:
  struct Drawn {
    const Window* window;
    bool mirrored;
    const std::string* file;  // in memory, when files are kept there
  };

  const WindowDataParameter& window() const { return *param().window_data_param; }
  const TransformationParameter& transform() const { return *param().transform_param; }
  int64_t batch_size() const { return window().batch_size; }
  int64_t crop() const { return transform().crop_size; }
  Shape shape() const { return {kWindowChannels, crop(), crop()}; }

  void read_means() {
    const std::vector<float>& values = transform().mean_value;
    if (transform().mean_file.empty()) {
      if (values.size() > 1 && values.size() != kWindowChannels) {
        fail(Status::kInvalidArgument, "mean_value is given ", values.size(), " times, expected ",
             "once or once for each of the image's ", kWindowChannels, " channels");
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
        shape.count(0, shape.axes() - 2) != kWindowChannels || shape.dim(-1) < crop()) {
      fail(Status::kShape, "mean file ", caffe::quoted(transform().mean_file), ": expected ",
           kWindowChannels, " channels of at least ", crop(), " x ", crop(),
           " values, found shape ", shape);
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

  std::string path_of(const Window& one) const {
    return image_path(window().root_folder, list_.images[one.image]);
  }

  const std::string* cached(const Window& one) {
    if (!window().cache_images) return nullptr;
    const auto found = cache_->find(one.image);
    if (found != cache_->end()) return &found->second;
    std::string file =
        with_context([&] { return window().source; }, [&] { return read_file(path_of(one)); });
    return &cache_->emplace(one.image, std::move(file)).first->second;
  }

  Pixels image_of(const Drawn& drawn, std::vector<ImageDamage>& damaged) const {
    const std::string path = path_of(*drawn.window);
    std::string damage;
    Pixels image =
        drawn.file == nullptr
            ? read_image(path, Colors::kBgr, &damage)
            : with_context([&] { return path; },
                           [&] { return decode_image(*drawn.file, Colors::kBgr, &damage); });
    if (!damage.empty()) damaged.push_back({path, damage});
    return image;
  }

  void write(const Drawn& drawn, float* out, std::vector<ImageDamage>& damaged) const {
    const Window& one = *drawn.window;
    const Pixels image = image_of(drawn, damaged);
    if (one.x2 >= image.width || one.y2 >= image.height) {
      fail(Status::kShape, list_.images[one.image], " has ", image.height, " x ", image.width,
           " pixels, fewer than the list says: a window reaches to ", one.y2, ", ", one.x2);
    }
    const WindowCut how{crop(), window().context_pad, window().crop_mode == "square"};
    const WindowPart part = window_part(image, one, how, drawn.mirrored);
    std::fill_n(out, shape().count(), 0.0f);
    for (int64_t c = 0; c < kWindowChannels; ++c) {
      for (int64_t y = 0; y < part.pixels.height; ++y) {
        float* row = out + (c * crop() + part.above + y) * crop() + part.before;
        const uint8_t* pixel = part.pixels.row(y) + c;
        for (int64_t x = 0; x < part.pixels.width; ++x, pixel += kWindowChannels) {
          row[x] = (static_cast<float>(*pixel) - mean_at(c, part.above + y, part.before + x)) *
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

  WindowList list_;
  int64_t objects_per_batch_ = 0;
  std::vector<float> mean_;
  int64_t mean_height_ = 0, mean_width_ = 0, mean_offset_ = 0;
  using Cache = std::map<size_t, std::string>;  // files, by their image's place in the list
  PerProcess<Cache> cache_{[] { return std::make_unique<Cache>(); }};
};

const PrefetchingLayerRegistration<WindowDataLayer> registration("WindowData");

}  // namespace
}  // namespace caffe
