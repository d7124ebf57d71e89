// Data: batches of images from a database, made ahead of their use by a thread.
//
//   source, backend   the database's path and kind
//   batch_size        records per forward; after the last record comes the first
//   shuffle           false; with backend LMDB: another random order at every epoch
//   rand_skip         0; begin at a random record of the first rand_skip ones
//   prefetch          4; batches made ahead
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

#include "core/checked.hpp"
#include "core/log.hpp"
#include "data/datum.hpp"
#include "data/transformer.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/registry.hpp"
#include "layers/data/batches.hpp"
#include "layers/data/damaged_images.hpp"
#include "layers/data/records.hpp"

namespace caffe {
namespace {

class DataLayer final : public Layer {
 public:
  DataLayer(const LayerParameter& param, const LayerContext& context)
      : Layer(param, context), transformer_(*param.transform_param, context.phase) {}

  Arity arity() const override { return {0, 0, 1, 2, false}; }

  void init(const BlobPointers&, const BlobPointers& top) override {
    records_ = std::make_unique<Records>(*param().data_param, name(), context().seed,
                                         context().stream * 2);
    const TransformationParameter& transform = *param().transform_param;
    records_->at(0, [&](std::string_view bytes) {
      const Datum first = read_datum(bytes);
      Pixels decoded;
      std::string damage;
      const Image image = datum_image(first, transform, decoded, &damage);
      if (const auto values = label_vector(first); top.size() > 1 && !values.empty()) {
        label_shape_ = {batch_size(), static_cast<int64_t>(values.size()), 1, 1};
      }
      if (!damage.empty()) damaged_.add(records_->place(), damage);
      top[0]->reshape(batch_shape(transformer_.shape(image.shape())));
      if (!first.encoded && (transform.force_color || transform.force_gray)) {
        CAFFE_LOG(kWarning, "layer ", caffe::quoted(name()), ": force_color and force_gray only ",
                  "act on encoded images, those of ", records_->source(), " are not");
      }
    });
    if (top.size() > 1) top[1]->reshape(label_shape_);
  }

  void reshape(const BlobPointers&, const BlobPointers&) override {}

  void forward(const BlobPointers&, const BlobPointers& top) override {
    const Batch& batch = batches_.next();
    top[0]->reshape(batch.shape);
    std::copy(batch.images.begin(), batch.images.end(), top[0]->data().write());
    if (top.size() > 1) {
      top[1]->reshape(label_shape_);
      std::copy(batch.labels.begin(), batch.labels.end(), top[1]->data().write());
    }
  }

  void backward(const BlobPointers&, const std::vector<bool>&, const BlobPointers&) override {}

  void seek(int64_t pass) override { batches_.seek(pass); }

  double wait_seconds() const override { return batches_.wait_seconds(); }

 private:
  struct Batch {
    Shape shape;
    std::vector<float> images, labels;
  };

  int64_t batch_size() const { return param().data_param->batch_size; }

  Shape batch_shape(const Shape& item) const {
    return Shape({batch_size(), item[0], item[1], item[2]});
  }

  // On the prefetching thread from the first forward on.
  void produce(int64_t pass, Batch& batch) {
    const int64_t first = checked_mul(pass, batch_size());
    batch.labels.resize(static_cast<size_t>(label_shape_.count()));
    for (int64_t i = 0; i < batch_size(); ++i) {
      records_->at(first + i,
                   [&](std::string_view bytes) { add(read_datum(bytes), first + i, i, batch); });
    }
  }

  void add(const Datum& datum, int64_t position, int64_t i, Batch& batch) {
    Pixels decoded;
    std::string damage;
    const Image image = datum_image(datum, *param().transform_param, decoded, &damage);
    if (!damage.empty()) damaged_.add(records_->place(), damage);
    const Shape item = transformer_.shape(image.shape());
    if (i == 0) {
      batch.shape = batch_shape(item);
      batch.images.resize(static_cast<size_t>(batch.shape.count()));
    } else if (!(batch_shape(item) == batch.shape)) {
      fail(Status::kShape, "has shape ", item, ", the first of its batch ",
           Shape({batch.shape[1], batch.shape[2], batch.shape[3]}),
           colors_differ(datum, item[0], batch.shape[1]));
    }
    // Each record of the stream has a block of random numbers of its own.
    Rng rng(context().seed, context().stream * 2 + 1, static_cast<uint64_t>(position));
    transformer_.transform(image, rng, batch.images.data() + i * item.count());
    add_label(datum, i, batch);
  }

  void add_label(const Datum& datum, int64_t i, Batch& batch) const {
    if (label_shape_.axes() == 1) {
      batch.labels[static_cast<size_t>(i)] = static_cast<float>(datum.label);
      return;
    }
    const auto values = label_vector(datum);
    if (static_cast<int64_t>(values.size()) != label_shape_[1]) {
      fail(Status::kShape, "has ", values.size(), " values as its label, the first record has ",
           label_shape_[1]);
    }
    std::copy(values.begin(), values.end(), batch.labels.begin() + i * label_shape_[1]);
  }

  const Transformer transformer_;
  std::unique_ptr<Records> records_;
  Shape label_shape_{batch_size()};  // as the first record says
  DamagedImages damaged_{name()};
  Batches<Batch> batches_{param().data_param->prefetch,
                          [this](int64_t pass, Batch& batch) { produce(pass, batch); }};
};

const LayerRegistration<DataLayer> registration("Data");

}  // namespace
}  // namespace caffe
