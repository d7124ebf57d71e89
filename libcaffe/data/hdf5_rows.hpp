// The rows of datasets that several HDF5 files hold, as an endless stream: file after file, and
// after the last row comes the first; or, when they are shuffled, the files, and the rows in each,
// in another order at every epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/per_process.hpp"
#include "core/rng.hpp"
#include "core/shape.hpp"

namespace caffe {

class Hdf5Rows {
 public:
  // Checks that all files have these datasets, as many rows of each, and the first file's shapes.
  // The orders are a function of `seed` and `stream`.
  Hdf5Rows(const std::vector<std::string>& paths, const std::vector<std::string>& datasets,
           bool shuffle, uint64_t seed, uint64_t stream);

  // Of all files.
  int64_t count() const { return count_; }
  // Of a dataset, without its first axis.
  const Shape& shape(size_t dataset) const { return shapes_[dataset]; }

  // `count` rows from `position` of the stream on, those of each dataset to a place of their own.
  // One thread at a time; keeps the values of the file it was at last.
  void read(int64_t position, int64_t count, const std::vector<float*>& out);

 private:
  struct File {
    std::string path;
    int64_t rows = 0;
  };
  struct Place {
    size_t file = 0;
    int64_t row = 0;     // in the file
    int64_t behind = 1;  // rows from this one on that come one after the other
  };
  struct Reader {
    int64_t epoch = -1;
    std::vector<int64_t> file_order;  // of the epoch
    std::vector<int64_t> row_order;   // of row_order_file in the epoch
    int64_t row_order_file = -1;
    int64_t loaded_file = -1;
    std::vector<std::vector<float>> loaded;  // its values, by dataset
  };

  void check(File& file);
  std::vector<int64_t> permutation(int64_t count, uint64_t block) const;
  Place find(Reader& reader, int64_t position) const;
  void load(Reader& reader, size_t file) const;

  std::vector<File> files_;
  const std::vector<std::string> datasets_;
  const bool shuffle_;
  const uint64_t seed_, stream_;
  std::vector<Shape> shapes_;
  int64_t count_ = 0;
  PerProcess<Reader> reader_{[] { return std::make_unique<Reader>(); }};
};

}  // namespace caffe
