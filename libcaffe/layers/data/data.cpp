// Data: batches of images from a database, made ahead of their use.
//
//   source, backend   the database's path and kind
//   batch_size        records per forward; after the last record comes the first
//   shuffle           false; with backend LMDB: another random order at every epoch
//   rand_skip         0; begin at a random record of the first rand_skip ones
//   prefetch          4; batches made ahead, besides the one in the tops
//   threads           0: one that makes batches, and another one whenever the net has had to wait
//                     for its data, at most as many as the net computes with; else their number;
//                     never more than prefetch
//   transform_param   data/transformer.hpp
//
// Tops: data, N x C x H x W as the first record of each batch says, and, if there is a second,
// the labels, N; N x K x 1 x 1 when records hold K floats beside an image of bytes and no label, as
// PoseNet's do (Kendall et al., 2015). Every batch is a function of the net's seed and the batch's
// number.
//
//   layer { name: "mnist" type: "Data" top: "data" top: "label"
//           transform_param { scale: 0.00390625 }
//           data_param { source: "mnist_train_lmdb" batch_size: 64 backend: LMDB } }
#include <algorithm>
#include <optional>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "data/datum.hpp"
#include "data/transformer.hpp"
#include "layers/data/prefetching_layer.hpp"
#include "layers/data/records.hpp"

namespace caffe {
namespace {

class DataLayer : public PrefetchingLayer {
 public:
  DataLayer(const LayerParameter& param, const LayerContext& context)
      : PrefetchingLayer(param, context), transformer_(*param.transform_param, context.phase) {}

  Arity arity() const override { return {0, 0, 1, 2, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    records_ = std::make_unique<Records>(*param().data_param, name(), context().seed,
                                         context().stream * 2);
    const TransformationParameter& transform = *param().transform_param;
    const TakenRecord record = records_->take(0, 1)[0];
    records_->read(record, [&](std::string_view bytes) {
      const Datum first = read_datum(bytes);
      Pixels decoded;
      std::string damage;
      const Image image = datum_image(first, transform, decoded, &damage);
      if (const auto values = label_vector(first); top.size() > 1 && !values.empty()) {
        label_shape_ = {static_cast<int64_t>(values.size()), 1, 1};
      }
      report({records_->place(record), damage});
      top[0]->reshape(batch_of(batch_size(), transformer_.shape(image.shape())));
      if (!first.encoded && (transform.force_color || transform.force_gray)) {
        CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": force_color and force_gray only ",
                  "act on encoded images, those of ", records_->source(), " are not");
      }
    });
    if (top.size() > 1) top[1]->reshape(batch_of(batch_size(), label_shape_));
  }

 protected:
  Work begin(int64_t number, Batch&) override {
    const int64_t first = checked_mul(number, batch_size());
    return [this, first, records = records_->take(first, batch_size())](Batch& batch) {
      Items images(batch.tops[0], batch_size());
      std::optional<Items> labels;
      if (batch.tops.size() > 1) labels.emplace(batch.tops[1], batch_size());
      for (int64_t i = 0; i < batch_size(); ++i) {
        const TakenRecord& record = records[static_cast<size_t>(i)];
        records_->read(record, [&](std::string_view bytes) {
          const Datum datum = read_datum(bytes);
          Pixels decoded;
          std::string damage;
          const Image image = datum_image(datum, *param().transform_param, decoded, &damage);
          if (!damage.empty()) batch.damaged.push_back({records_->place(record), damage});
          add_image(datum, image, first + i, images);
          if (labels) add_label(datum, *labels);
        });
      }
    };
  }

 private:
  int64_t batch_size() const { return param().data_param->batch_size; }

  void add_image(const Datum& datum, const Image& image, int64_t position, Items& images) const {
    take_image(transformer_.shape(image.shape()), datum, images);
    // Each record of the stream has a block of random numbers of its own.
    Rng rng(context().seed, context().stream * 2 + 1, static_cast<uint64_t>(position));
    transformer_.transform(image, rng, images.next());
  }

  void add_label(const Datum& datum, Items& labels) const {
    labels.take(label_shape_);
    if (label_shape_.axes() == 0) {
      *labels.next() = static_cast<float>(datum.label);
      return;
    }
    const auto values = label_vector(datum);
    if (static_cast<int64_t>(values.size()) != label_shape_.count()) {
      fail(Status::kShape, "has ", values.size(), " values as its label, the first record has ",
           label_shape_.count());
    }
    std::ranges::copy(values, labels.next());
  }

  const Transformer transformer_;
  std::unique_ptr<Records> records_;
  Shape label_shape_;  // of an item, as the first record says
};

const PrefetchingLayerRegistration<DataLayer> registration("Data");

}  // namespace
}  // namespace caffe
