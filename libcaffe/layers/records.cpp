#include "layers/records.hpp"

#include "core/checked.hpp"
#include "core/log.hpp"

namespace caffe {

Records::Records(const DataParameter& param, const std::string& layer, uint64_t seed,
                 uint64_t stream)
    : source_(param.source) {
  if (source_.empty()) fail(Status::kInvalidArgument, "data_param.source is missing");
  if (param.batch_size == 0) {
    fail(Status::kInvalidArgument, "data_param.batch_size is 0 or missing, expected a number ",
         "of records");
  }
  if (param.prefetch == 0) {
    fail(Status::kInvalidArgument, "data_param.prefetch is 0, expected at least 1");
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
  if (param.shuffle && param.backend != DataParameter::LMDB) {
    fail(Status::kUnsupported, "data_param.shuffle is only supported with backend: LMDB: records ",
         "of a LevelDB can only be read one after the other");
  }
  cursor_ = open_database(param.backend == DataParameter::LMDB ? "LMDB" : "LEVELDB", source_);
  if (param.rand_skip != 0) {
    // A block of random numbers that no epoch reaches.
    Rng rng(seed, stream, param.shuffle ? uint64_t{1} << 31 : 0);
    skip_ = static_cast<int64_t>(rng.below(param.rand_skip));
  }
  if (param.shuffle) {
    order_ = std::make_unique<EpochOrder>(cursor_->count(), true, seed, stream);
  }
  cursor_->seek(order_ ? order_->at(skip_) : skip_);
}

void Records::move_to(int64_t position) {
  if (order_) {
    cursor_->seek(order_->at(checked_add(skip_, position)));
  } else if (position == position_ + 1) {
    cursor_->next();
  } else if (position != position_) {
    cursor_->seek(checked_add(skip_, position));
  }
  position_ = position;
}

std::string Records::place() const {
  return str(source_, ": record ", cursor_->index(), " (key ", quoted(cursor_->record().key), ")");
}

}  // namespace caffe
