#include "data/hdf5.hpp"

#include <filesystem>
#include <mutex>
#include <utility>

#include "core/error.hpp"
#include "core/file_kind.hpp"
#include "core/fork.hpp"
#include "core/modules.hpp"

namespace caffe {

namespace {

Mutex mutex;  // libhdf5 keeps its state in globals

const caffe_hdf5_table* hdf5_table() {
  return static_cast<const caffe_hdf5_table*>(
      module_table("hdf5", CAFFE_HDF5_TABLE_VERSION, "libhdf5 (Debian: libhdf5-103)"));
}

}  // namespace

template <class Call>
void Hdf5File::start(const Call& call) {
  caffe_hdf5_error error{};
  std::lock_guard<Mutex> lock(mutex);
  if (call(&error) != 0) fail(Status::kIo, path_, ": cannot open the HDF5 file: ", error.text);
}

template <class Call>
void Hdf5File::run(const std::string& name, const Call& call) const {
  const std::string where = name.empty() ? path_ : path_ + ": " + caffe::quoted(name);
  if (file_ == nullptr) fail(Status::kState, where, ": the file is closed");
  caffe_hdf5_error error{};
  std::lock_guard<Mutex> lock(mutex);
  if (call(&error) != 0) fail(Status::kIo, where, ": ", error.text);
}

Hdf5File Hdf5File::open(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail(Status::kIo, path, ": no such file");
  if (std::filesystem::is_directory(status)) fail(Status::kIo, path, ": is a folder");
  reject_other_kinds(path, kind_of_file(path), {FileKind::kHdf5}, "an HDF5 file");
  Hdf5File file(hdf5_table(), path);
  file.start(
      [&](caffe_hdf5_error* text) { return file.table_->open(&file.file_, path.c_str(), text); });
  return file;
}

Hdf5File Hdf5File::create(const std::string& path) {
  Hdf5File file(hdf5_table(), path);
  file.target_ = std::make_unique<AtomicFile>(path);
  file.start([&](caffe_hdf5_error* text) { return file.table_->create(&file.file_, text); });
  return file;
}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept
    : table_(other.table_),
      path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      target_(std::move(other.target_)) {}

Hdf5File::~Hdf5File() {
  close();
}

void Hdf5File::close() {
  if (file_ == nullptr) return;
  std::lock_guard<Mutex> lock(mutex);
  table_->close(std::exchange(file_, nullptr));
}

int Hdf5File::kind(const std::string& name) const {
  int found = CAFFE_HDF5_NOTHING;
  run(name,
      [&](caffe_hdf5_error* error) { return table_->kind(file_, name.c_str(), &found, error); });
  return found;
}

bool Hdf5File::exists(const std::string& name) const {
  return kind(name) != CAFFE_HDF5_NOTHING;
}

bool Hdf5File::is_group(const std::string& name) const {
  return kind(name) == CAFFE_HDF5_GROUP;
}

bool Hdf5File::is_dataset(const std::string& name) const {
  return kind(name) == CAFFE_HDF5_DATASET;
}

std::vector<std::string> Hdf5File::list(const std::string& group) const {
  std::vector<std::string> names;
  const auto each = [](const char* name, void* user) {
    static_cast<std::vector<std::string>*>(user)->emplace_back(name);
  };
  run(group, [&](caffe_hdf5_error* error) {
    return table_->list(file_, group.c_str(), each, &names, error);
  });
  return names;
}

Shape Hdf5File::shape(const std::string& dataset) const {
  int64_t dims[CAFFE_HDF5_MAX_AXES];
  int axes = 0;
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->dims(file_, dataset.c_str(), dims, &axes, error);
  });
  return Shape(std::vector<int64_t>(dims, dims + axes));
}

void Hdf5File::read_floats(const std::string& dataset, float* values, int64_t count) const {
  const Shape found = shape(dataset);
  if (found.count() != count) {
    fail(Status::kShape, path_, ": ", caffe::quoted(dataset), ": expected ", count,
         " values, the dataset's shape is ", found);
  }
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->read_floats(file_, dataset.c_str(), -1, -1, values, error);
  });
}

void Hdf5File::read_rows(const std::string& dataset, int64_t begin, int64_t end,
                         float* values) const {
  const Shape found = shape(dataset);
  if (begin < 0 || begin > end || found.axes() == 0 || end > found[0]) {
    fail(Status::kShape, path_, ": ", caffe::quoted(dataset), ": no rows ", begin, " to ", end,
         " in a dataset of shape ", found);
  }
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->read_floats(file_, dataset.c_str(), begin, end, values, error);
  });
}

int32_t Hdf5File::read_int(const std::string& dataset) const {
  int32_t value = 0;
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->read_int(file_, dataset.c_str(), &value, error);
  });
  return value;
}

std::string Hdf5File::read_string(const std::string& dataset) const {
  std::string value;
  const auto take = [](const char* text, void* user) { *static_cast<std::string*>(user) = text; };
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->read_string(file_, dataset.c_str(), take, &value, error);
  });
  return value;
}

void Hdf5File::write_floats(const std::string& dataset, const Shape& shape, const float* values) {
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->write_floats(file_, dataset.c_str(), shape.dims().data(), shape.axes(), values,
                                error);
  });
}

void Hdf5File::write_int(const std::string& dataset, int32_t value) {
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->write_int(file_, dataset.c_str(), value, error);
  });
}

void Hdf5File::write_string(const std::string& dataset, const std::string& value) {
  run(dataset, [&](caffe_hdf5_error* error) {
    return table_->write_string(file_, dataset.c_str(), value.c_str(), error);
  });
}

void Hdf5File::create_group(const std::string& name) {
  run(name,
      [&](caffe_hdf5_error* error) { return table_->create_group(file_, name.c_str(), error); });
}

void Hdf5File::link(const std::string& dataset, const std::string& name) {
  run(name, [&](caffe_hdf5_error* error) {
    return table_->link(file_, dataset.c_str(), name.c_str(), error);
  });
}

void Hdf5File::commit() {
  if (target_ == nullptr) fail(Status::kState, path_, ": the file is not being written");
  struct Result {
    AtomicFile* target;
    std::exception_ptr error;
  } result{target_.get(), nullptr};
  const auto take = [](const char* bytes, size_t size, void* user) {
    auto* to = static_cast<Result*>(user);
    try {
      to->target->write({bytes, size});
    } catch (...) {
      to->error = std::current_exception();
    }
  };
  run("", [&](caffe_hdf5_error* error) { return table_->bytes(file_, take, &result, error); });
  if (result.error) std::rethrow_exception(result.error);
  close();
  target_->commit();
  target_.reset();
}

}  // namespace caffe
