// AnnotatedData: batches of images with the boxes of the objects on them, from a database, made
// ahead of their use.
//
//   data_param        source, backend, batch_size, shuffle, rand_skip, prefetch, threads: as in
//                     Data
//   anno_type         the records'; BBOX: boxes
//   batch_sampler     ways to choose parts of the image at random; one of all that were found takes
//                     the image's place
//   transform_param   data/transformer.hpp, and, in this order:
//                     distort_param: other colours; expand_param: the image at a random place of a
//                     larger one, filled with mean_value; batch_sampler; resize_param; noise_param;
//                     crop and mirror, with the boxes. emit_constraint: which boxes may stay when
//                     their image is cut; else all that are partly on it
//
// Tops: data, N x C x H x W as the first record of each batch says, and, if there is a second, the
// labels: 1 x 1 x B x 8, for each box of the batch the item, its class, its number, xmin, ymin,
// xmax, ymax in parts of the image's sides, and whether it is difficult; one row of -1 when there
// are no boxes. Records without an annotation type give the class of each record, N x 1 x 1 x 1.
// Every batch is a function of the net's seed and the batch's number.
//
// Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016.
//
// Fork: weiliu89/caffe (ssd).
//
//   layer { name: "data" type: "AnnotatedData" top: "data" top: "label"
//           transform_param { resize_param { height: 300 width: 300 } }
//           data_param { source: "voc_lmdb" batch_size: 32 backend: LMDB }
//           annotated_data_param { batch_sampler { max_sample: 1 max_trials: 1 } } }
#include <algorithm>
#include <cmath>

#include "core/checked.hpp"
#include "data/augment.hpp"
#include "data/datum.hpp"
#include "data/transformer.hpp"
#include "layers/data/prefetching_layer.hpp"
#include "layers/data/records.hpp"
#include "layers/detection/annotations.hpp"
#include "schema/known_fields.hpp"
#include "schema/wire.hpp"

namespace caffe {
namespace {

constexpr int64_t kRow = 8;  // values of a box

AnnotatedDatum read_record(std::string_view bytes) {
  AnnotatedDatum record;
  WireOptions options;
  options.file = "annotated datum";
  parse_wire(bytes, record, options);
  return record;
}

// An image that can be changed: values C x H x W become pixels.
Pixels pixels_of(const Image& image, Pixels decoded) {
  if (image.interleaved) return decoded;
  if (image.bytes == nullptr) {
    fail(Status::kUnsupported, "the record holds floats; images of bytes can be distorted, ",
         "expanded, sampled and resized");
  }
  Pixels out(image.height, image.width, image.channels);
  const int64_t count = image.height * image.width;
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t i = 0; i < count; ++i) {
      out.values[static_cast<size_t>(i * image.channels + c)] = image.bytes[c * count + i];
    }
  }
  return out;
}

// A part of an image, or what it is a part of, in parts of its sides.
Box frame_of(const Pixels& image, int64_t top, int64_t left, int64_t rows, int64_t columns) {
  const auto height = static_cast<float>(image.height), width = static_cast<float>(image.width);
  return {static_cast<float>(left) / width, static_cast<float>(top) / height,
          static_cast<float>(left + columns) / width, static_cast<float>(top + rows) / height};
}

class AnnotatedDataLayer : public PrefetchingLayer {
 public:
  AnnotatedDataLayer(const LayerParameter& param, const LayerContext& context)
      : PrefetchingLayer(param, context),
        transformer_(
            *param.transform_param, context.phase,
            {"resize_param", "noise_param", "distort_param", "expand_param", "emit_constraint"}) {}

  Arity arity() const override { return {0, 0, 1, 2, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    check_parameters();
    records_ = std::make_unique<Records>(*param().data_param, name(), context().seed,
                                         context().stream * 2);
    const TakenRecord first = records_->take(0, 1)[0];
    records_->read(first, [&](std::string_view bytes) {
      const AnnotatedDatum datum = read_record(bytes);
      boxes_ = annotated().has_anno_type() || datum.has_type();
      std::string damage;
      const Item item = make_item(datum, 0, &damage);
      report({records_->place(first), damage});
      top[0]->reshape(batch_of(batch_size(), item.shape));
      if (top.size() < 2) return;
      top[1]->reshape(boxes_ ? label_shape(static_cast<int64_t>(item.annotations.size()))
                             : Shape({batch_size(), 1, 1, 1}));
    });
  }

 protected:
  Work begin(int64_t number, Batch&) override {
    const int64_t first = checked_mul(number, batch_size());
    return [this, first, records = records_->take(first, batch_size())](Batch& batch) {
      Items images(batch.tops[0], batch_size());
      std::vector<float> labels;
      for (int64_t i = 0; i < batch_size(); ++i) {
        const TakenRecord& record = records[static_cast<size_t>(i)];
        records_->read(record, [&](std::string_view bytes) {
          const AnnotatedDatum datum = read_record(bytes);
          std::string damage;
          const Item item = make_item(datum, first + i, &damage);
          if (!damage.empty()) batch.damaged.push_back({records_->place(record), damage});
          add_image(item, *datum.datum, images);
          if (boxes_) {
            add_boxes(item, i, labels);
          } else {
            labels.push_back(static_cast<float>(datum.datum->label));
          }
        });
      }
      if (batch.tops.size() > 1) set_labels(std::move(labels), batch.tops[1]);
    };
  }

 private:
  // An image that is only to be cut yet, and its boxes, which are cut already.
  struct Item {
    Shape shape;
    Pixels image;
    CropPlace place;
    std::vector<Annotated> annotations;
  };

  const AnnotatedDataParameter& annotated() const { return *param().annotated_data_param; }
  const TransformationParameter& transform() const { return *param().transform_param; }
  const ResizeParameter* resizing() const {
    return transform().resize_param.empty() ? nullptr : &transform().resize_param[0];
  }
  const EmitConstraint* constraint() const {
    return transform().emit_constraint.present() ? &*transform().emit_constraint : nullptr;
  }
  int64_t batch_size() const { return param().data_param->batch_size; }

  static Shape label_shape(int64_t boxes) { return {1, 1, std::max<int64_t>(boxes, 1), kRow}; }

  void check_parameters() const {
    reject_fields_but(annotated(), "annotated_data_param",
                      {"batch_sampler", "label_map_file", "anno_type"});
    if (annotated().anno_type != AnnotatedDatum::BBOX) {
      fail(Status::kUnsupported, "annotated_data_param.anno_type: only BBOX is supported");
    }
    for (const BatchSampler& sampler : annotated().batch_sampler) check_sampler(sampler);
    if (transform().resize_param.size() > 1 || transform().noise_param.size() > 1) {
      fail(Status::kUnsupported, "transform_param has more than one resize_param or noise_param");
    }
    if (resizing() != nullptr) check_resize(*resizing());
    if (!transform().noise_param.empty()) check_noise(transform().noise_param[0]);
    check_distortion(*transform().distort_param);
    const float ratio = transform().expand_param->max_expand_ratio;
    if (!(ratio >= 1 && ratio <= 1000)) {
      fail(Status::kInvalidArgument, "expand_param.max_expand_ratio is ", ratio,
           ", expected 1 to 1000");
    }
  }

  // The image and its boxes on a larger one.
  void expand(Pixels& image, std::vector<Annotated>& annotations, Rng& rng) const {
    const ExpansionParameter& param = *transform().expand_param;
    if (rng.uniform() > param.prob || param.max_expand_ratio - 1 < 0.01f) return;
    transformer_.check_mean_values(image.channels);
    const float ratio = rng.uniform(1, param.max_expand_ratio);
    const auto grown = [&](int64_t side) {
      return std::max(side, static_cast<int64_t>(static_cast<float>(side) * ratio));
    };
    Pixels out(grown(image.height), grown(image.width), image.channels);
    const auto place = [&](int64_t room) {
      return static_cast<int64_t>(rng.below(static_cast<uint64_t>(room) + 1));
    };
    const int64_t top = place(out.height - image.height), left = place(out.width - image.width);
    const std::vector<float>& means = transform().mean_value;
    for (size_t i = 0; i < out.values.size() && !means.empty(); ++i) {
      const size_t c = i % static_cast<size_t>(image.channels);
      out.values[i] = to_byte(means[means.size() == 1 ? 0 : c]);
    }
    for (int64_t y = 0; y < image.height; ++y) {
      std::copy_n(image.row(y), image.width * image.channels,
                  out.row(top + y) + left * image.channels);
    }
    annotations =
        within(annotations, frame_of(image, -top, -left, out.height, out.width), constraint());
    image = std::move(out);
  }

  // One of the parts of the image that the samplers find, if they find any.
  void sample(Pixels& image, std::vector<Annotated>& annotations, Rng& rng) const {
    const std::vector<Box> frames = sampled_frames(annotated().batch_sampler, annotations, rng);
    if (frames.empty()) return;
    const Box& chosen = frames[static_cast<size_t>(rng.below(frames.size()))];
    const auto begin = [](float part, int64_t side) {
      return std::clamp<int64_t>(static_cast<int64_t>(part * static_cast<float>(side)), 0,
                                 side - 1);
    };
    const auto size = [](float parts, int64_t side, int64_t from) {
      return std::clamp<int64_t>(static_cast<int64_t>(parts * static_cast<float>(side)), 1,
                                 side - from);
    };
    const int64_t top = begin(chosen.ymin, image.height), left = begin(chosen.xmin, image.width);
    const int64_t rows = size(height(chosen), image.height, top);
    const int64_t columns = size(width(chosen), image.width, left);
    annotations = within(annotations, frame_of(image, top, left, rows, columns), constraint());
    image = cut(image, top, left, rows, columns);
  }

  Item make_item(const AnnotatedDatum& record, int64_t position, std::string* damage) const {
    // Each record of the stream has a block of random numbers of its own.
    Rng rng(context().seed, context().stream * 2 + 1, static_cast<uint64_t>(position));
    if (boxes_ && !annotated().has_anno_type() &&
        (!record.has_type() || record.type != AnnotatedDatum::BBOX)) {
      fail(Status::kUnsupported, "the record's annotations are no boxes");
    }
    Pixels decoded;
    const Image stored = datum_image(*record.datum, transform(), decoded, damage);
    Item item;
    Pixels& image = item.image;
    image = pixels_of(stored, std::move(decoded));
    item.annotations = annotations_of(record);
    if (transform().distort_param.present())
      image = distort(image, *transform().distort_param, rng);
    if (transform().expand_param.present()) expand(image, item.annotations, rng);
    if (!annotated().batch_sampler.empty()) sample(image, item.annotations, rng);
    const int64_t height = image.height, width = image.width;
    if (resizing() != nullptr) {
      image = resize(image, *resizing(), rng);
      item.annotations = resized(std::move(item.annotations), *resizing(), height, width);
    }
    if (!transform().noise_param.empty()) image = add_noise(image, transform().noise_param[0], rng);

    item.shape = transformer_.shape(image.image().shape());
    const CropPlace place = transformer_.draw(image.image().shape(), rng);
    const Box frame = frame_of(image, place.top, place.left, item.shape[1], item.shape[2]);
    item.annotations = within(item.annotations, frame, constraint());
    if (place.mirrored) {
      for (Annotated& one : item.annotations) {
        one.box = {1 - one.box.xmax, one.box.ymin, 1 - one.box.xmin, one.box.ymax};
      }
    }
    if (resizing() != nullptr) rescale(item.annotations, *resizing(), height, width, frame);
    item.place = place;
    return item;
  }

  void add_image(const Item& item, const Datum& datum, Items& images) const {
    take_image(item.shape, datum, images);
    transformer_.transform(item.image.image(), item.place, images.next());
  }

  static void add_boxes(const Item& item, int64_t i, std::vector<float>& labels) {
    for (const Annotated& one : item.annotations) {
      const float row[kRow] = {static_cast<float>(i),
                               static_cast<float>(one.label),
                               static_cast<float>(one.instance),
                               one.box.xmin,
                               one.box.ymin,
                               one.box.xmax,
                               one.box.ymax,
                               one.difficult ? 1.0f : 0.0f};
      labels.insert(labels.end(), row, row + kRow);
    }
  }

  void set_labels(std::vector<float> labels, Blob& top) const {
    if (boxes_ && labels.empty()) labels.assign(kRow, -1);
    top.reshape(boxes_ ? label_shape(static_cast<int64_t>(labels.size()) / kRow)
                       : Shape({batch_size(), 1, 1, 1}));
    std::ranges::copy(labels, top.data().write());
  }

  const Transformer transformer_;
  std::unique_ptr<Records> records_;
  bool boxes_ = false;  // the labels are boxes
};

const PrefetchingLayerRegistration<AnnotatedDataLayer> registration("AnnotatedData");

}  // namespace
}  // namespace caffe
