#include "layers/data/records.hpp"

#include <utility>

#include "core/checked.hpp"
#include "core/log.hpp"
#include "data/datum.hpp"
#include "layers/data/prefetching_layer.hpp"
#include "schema/reflection.hpp"

namespace caffe {

void take_image(const Shape& item, const Datum& datum, Items& images) {
  if (images.take(item)) return;
  fail(Status::kShape, "has shape ", item, ", the first of its batch ", images.shape(),
       colors_differ(datum, item[0], images.shape()[0]));
}

Records::Records(const DataParameter& param, const std::string& layer, uint64_t seed,
                 uint64_t stream)
    : source_(param.source),
      backend_(schema::enum_name(param, "backend")),
      shuffle_(param.shuffle),
      seed_(seed),
      stream_(stream) {
  if (source_.empty()) fail(Status::kInvalidArgument, "data_param.source is missing");
  if (param.batch_size == 0) {
    fail(Status::kInvalidArgument, "data_param.batch_size is 0 or missing, expected a number ",
         "of records");
  }
  if (param.has_shuffle_buffer_size()) {
    fail(Status::kUnsupported, "data_param.shuffle_buffer_size is not supported");
  }
  if (param.has_force_encoded_color()) {
    CAFFE_LOG(kWarning, "layer ", quoted(layer), ": force_encoded_color has no effect in ",
              "data_param; force_color of transform_param has");
  }
  if (param.has_scale() || param.has_mean_file() || param.has_crop_size() || param.has_mirror()) {
    CAFFE_LOG(kWarning, "layer ", quoted(layer), ": scale, mean_file, crop_size and ",
              "mirror have no effect in data_param; they belong into transform_param");
  }
  if (param.shuffle && param.backend != DataParameter::LMDB && !has_own_backend(source_)) {
    fail(Status::kUnsupported, "data_param.shuffle is only supported with backend: LMDB: records ",
         "of a LevelDB can only be read one after the other");
  }
  if (param.rand_skip != 0) {
    // A block of random numbers that no epoch reaches.
    Rng rng(seed, stream, param.shuffle ? uint64_t{1} << 31 : 0);
    skip_ = static_cast<int64_t>(rng.below(param.rand_skip));
  }
  *reader_;  // opens it
}

std::unique_ptr<Records::Reader> Records::open() const {
  auto reader = std::make_unique<Reader>();
  reader->cursor = open_database(backend_, source_);
  if (shuffle_) {
    reader->order = std::make_unique<EpochOrder>(reader->cursor->count(), true, seed_, stream_);
  }
  reader->cursor->seek(reader->order ? reader->order->at(skip_) : skip_);
  return reader;
}

void Records::move_to(int64_t position) {
  Reader& reader = *reader_;
  const int64_t from = std::exchange(reader.position, kNowhere);
  if (reader.order) {
    reader.cursor->seek(reader.order->at(checked_add(skip_, position)));
  } else if (from != kNowhere && position == from + 1) {
    reader.cursor->next();
  } else if (position != from) {
    reader.cursor->seek(checked_add(skip_, position));
  }
  reader.position = position;
}

std::vector<TakenRecord> Records::take(int64_t position, int64_t count) {
  std::vector<TakenRecord> taken(static_cast<size_t>(count));
  for (TakenRecord& one : taken) {
    move_to(position++);
    const DatabaseCursor& cursor = *reader_->cursor;
    one.index = cursor.index();
    one.record = cursor.record();
    if (cursor.lasting()) continue;
    const size_t key = one.record.key.size();
    one.copy = std::make_shared<std::string>(str(one.record.key, one.record.value));
    const std::string_view both = *one.copy;
    one.record = {both.substr(0, key), both.substr(key)};
  }
  return taken;
}

std::string Records::place(const TakenRecord& taken) const {
  return str(source_, ": record ", taken.index, " (key ", quoted(taken.record.key), ")");
}

}  // namespace caffe
