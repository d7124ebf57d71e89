#include "data/hdf5_rows.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/checked.hpp"
#include "core/error.hpp"
#include "data/hdf5.hpp"

namespace caffe {

Hdf5Rows::Hdf5Rows(const std::vector<std::string>& paths, const std::vector<std::string>& datasets,
                   bool shuffle, uint64_t seed, uint64_t stream)
    : datasets_(datasets), shuffle_(shuffle), seed_(seed), stream_(stream) {
  for (const std::string& path : paths) {
    files_.push_back({path});
    check(files_.back());
  }
}

void Hdf5Rows::check(File& file) {
  const Hdf5File hdf5 = Hdf5File::open(file.path);
  for (size_t i = 0; i < datasets_.size(); ++i) {
    const std::string& dataset = datasets_[i];
    const Shape shape = hdf5.shape(dataset);
    if (shape.axes() == 0) {
      fail(Status::kShape, file.path, ": ", quoted(dataset), " is one value, expected ",
           "rows of values");
    }
    if (i == 0) file.rows = shape[0];
    if (shape[0] != file.rows) {
      fail(Status::kShape, file.path, ": ", quoted(dataset), " has ", shape[0], " rows, ",
           quoted(datasets_[0]), " has ", file.rows);
    }
    const Shape row(std::vector<int64_t>(shape.dims().begin() + 1, shape.dims().end()));
    if (shapes_.size() == i) shapes_.push_back(row);
    if (!(row == shapes_[i])) {
      fail(Status::kShape, file.path, ": rows of ", quoted(dataset), " have shape ", row,
           ", those of ", files_[0].path, " have ", shapes_[i]);
    }
  }
  count_ = checked_add(count_, file.rows);
}

// The order of `count` things; `block` tells the permutations of a stream apart.
std::vector<int64_t> Hdf5Rows::permutation(int64_t count, uint64_t block) const {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  Rng rng(seed_, stream_, block);
  if (shuffle_) shuffle(order, rng);
  return order;
}

Hdf5Rows::Place Hdf5Rows::find(Reader& reader, int64_t position) const {
  const int64_t epoch = position / count_;
  const uint64_t first_block =
      static_cast<uint64_t>(epoch) * (static_cast<uint64_t>(files_.size()) + 1);
  if (epoch != reader.epoch) {
    reader.file_order = permutation(static_cast<int64_t>(files_.size()), first_block);
    reader.epoch = epoch;
    reader.row_order_file = -1;
  }
  int64_t row = position % count_;
  auto file = reader.file_order.begin();
  while (row >= files_[static_cast<size_t>(*file)].rows) {
    row -= files_[static_cast<size_t>(*file++)].rows;
  }
  const auto index = static_cast<size_t>(*file);
  const int64_t rows = files_[index].rows;
  if (!shuffle_) return {index, row, rows - row};
  if (*file != reader.row_order_file) {
    reader.row_order = permutation(rows, first_block + 1 + static_cast<uint64_t>(index));
    reader.row_order_file = *file;
  }
  return {index, reader.row_order[static_cast<size_t>(row)]};
}

void Hdf5Rows::load(Reader& reader, size_t file) const {
  if (reader.loaded_file == static_cast<int64_t>(file)) return;
  reader.loaded_file = -1;
  const Hdf5File hdf5 = Hdf5File::open(files_[file].path);
  reader.loaded.resize(shapes_.size());
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const int64_t count = checked_mul(files_[file].rows, shapes_[i].count());
    reader.loaded[i].resize(static_cast<size_t>(count));
    hdf5.read_floats(datasets_[i], reader.loaded[i].data(), count);
  }
  reader.loaded_file = static_cast<int64_t>(file);
}

void Hdf5Rows::read(int64_t position, int64_t count, const std::vector<float*>& out) {
  Reader& reader = *reader_;
  for (int64_t done = 0; done < count;) {
    const Place place = find(reader, position + done);
    load(reader, place.file);
    const int64_t run = std::min(count - done, place.behind);
    for (size_t i = 0; i < shapes_.size(); ++i) {
      const int64_t size = shapes_[i].count();
      std::copy_n(reader.loaded[i].data() + place.row * size, run * size, out[i] + done * size);
    }
    done += run;
  }
}

}  // namespace caffe
