// HDF5 files: data sets, weights and solver states. libhdf5 itself is reached through the module
// "hdf5", opened at the first use; without it every call here fails with kUnsupported.
//
// Names are paths inside the file ("data/conv1/0"). Errors name the file and the dataset. A file
// that takes values from elsewhere (external storage and links, virtual datasets, soft links out of
// their group) is refused: it could make any file of the machine a net's weights. Any thread may
// use any file; calls wait for each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/shape.hpp"
#include "data/hdf5_table.h"

namespace caffe {

class Hdf5File {
 public:
  // For reading.
  static Hdf5File open(const std::string& path);
  // For writing. The file takes shape in memory and its place at `path` at commit(); without one,
  // what is at `path` stays as it was.
  static Hdf5File create(const std::string& path);

  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&&) = delete;
  ~Hdf5File();

  const std::string& path() const { return path_; }

  bool exists(const std::string& name) const;
  bool is_group(const std::string& name) const;
  bool is_dataset(const std::string& name) const;
  // The names of a group's members, in alphabetical order.
  std::vector<std::string> list(const std::string& group) const;
  // The shape of a dataset of numbers.
  Shape shape(const std::string& dataset) const;
  // All values of a dataset of numbers of any type; it must hold `count` of them.
  void read_floats(const std::string& dataset, float* values, int64_t count) const;
  // The rows [begin, end) along the first axis.
  void read_rows(const std::string& dataset, int64_t begin, int64_t end, float* values) const;
  int32_t read_int(const std::string& dataset) const;
  std::string read_string(const std::string& dataset) const;

  // Writing makes the groups on the way to `name`.
  void write_floats(const std::string& dataset, const Shape& shape, const float* values);
  void write_int(const std::string& dataset, int32_t value);  // int32, shape (1)
  void write_string(const std::string& dataset, const std::string& value);
  void create_group(const std::string& name);
  // Gives a dataset a second name.
  void link(const std::string& dataset, const std::string& name);
  // Writes everything out and puts the file in its place. Nothing may be called afterwards.
  void commit();

 private:
  Hdf5File(const caffe_hdf5_table* table, const std::string& path) : table_(table), path_(path) {}

  // Call one function of the module's table under the lock: one that makes file_, one that uses it.
  template <class Call>
  void start(const Call& call);
  template <class Call>
  void run(const std::string& name, const Call& call) const;

  int kind(const std::string& name) const;
  void close();

  const caffe_hdf5_table* table_;
  std::string path_;
  caffe_hdf5_file* file_ = nullptr;
  std::unique_ptr<AtomicFile> target_;  // null when reading
};

}  // namespace caffe
