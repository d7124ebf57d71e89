// The HDF5 module: data/hdf5_table.h on libhdf5. No exception leaves a function, no libhdf5 handle
// outlives one but the file's, and libhdf5's own error printing is off while we are inside.
#include <hdf5.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "data/hdf5_table.h"

struct caffe_hdf5_file {
  hid_t id;
};

namespace {

// A libhdf5 handle that closes itself.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  explicit operator bool() const { return id_ >= 0; }
  operator hid_t() const { return id_; }

 private:
  const hid_t id_;
  herr_t (*const close_)(hid_t);
};

// Another user of the same libhdf5 in the process keeps the error printing it chose.
class Silence {
 public:
  Silence() {
    H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5Eclear2(H5E_DEFAULT);
  }
  ~Silence() {
    H5Eclear2(H5E_DEFAULT);
    H5Eset_auto2(H5E_DEFAULT, print_, data_);
  }

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

int failed(caffe_hdf5_error* error, const char* text) {
  std::snprintf(error->text, sizeof error->text, "%s", text);
  return 1;
}

// `what` failed; libhdf5's innermost reason goes behind it.
int failed_inside(caffe_hdf5_error* error, const char* what) {
  std::string reason;
  const auto innermost = [](unsigned level, const H5E_error2_t* entry, void* user) -> herr_t {
    if (level == 0 && entry->desc != nullptr) *static_cast<std::string*>(user) = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
  return failed(error, (what + (reason.empty() ? "" : " (" + reason + ")")).c_str());
}

// Whether a name leads to something within the file. A file from anywhere must not name what else
// is to be read, so that the links on the way are looked at one by one: libhdf5 would follow them.
class Way {
 public:
  explicit Way(hid_t file) : file_(file) {}

  bool leads_to_something(const std::string& name) { return walk(name, 0); }
  // Why a link on it is not followed; "" when all are.
  const std::string& refused() const { return refused_; }

 private:
  static constexpr int kMostNested = 16;    // soft links, as libhdf5 has it
  static constexpr int kMostLinks = 256;    // in all
  static constexpr size_t kLongest = 4096;  // what a soft link names

  bool refuse(const std::string& path, const std::string& why) {
    refused_ = "\"" + path + "\" " + why;
    return false;
  }

  bool walk(const std::string& name, int nested) {
    if (nested > kMostNested) return false;
    for (size_t end = 0; end != std::string::npos;) {
      end = name.find('/', end + 1);
      const std::string part = name.substr(0, end);
      if (part.empty() || part == "/") continue;
      if (!follow(part, nested)) return false;
    }
    return true;
  }

  // `path` has no links before its last part that have not been looked at.
  bool follow(const std::string& path, int nested) {
    if (++links_ > kMostLinks) {
      refused_ = "it is behind more than " + std::to_string(kMostLinks) + " links";
      return false;
    }
    H5L_info_t info;
    if (H5Lexists(file_, path.c_str(), H5P_DEFAULT) <= 0 ||
        H5Lget_info(file_, path.c_str(), &info, H5P_DEFAULT) < 0) {
      return false;
    }
    if (info.type == H5L_TYPE_HARD) return true;
    if (info.type == H5L_TYPE_SOFT) {
      return follow_soft(path, info.u.val_size, nested) &&
             H5Oexists_by_name(file_, path.c_str(), H5P_DEFAULT) > 0;
    }
    return refuse(path, info.type == H5L_TYPE_EXTERNAL ? "is a link to another file"
                                                       : "is a link of an unknown kind");
  }

  // A soft link may lead to what lies in its own group or below.
  bool follow_soft(const std::string& path, size_t size, int nested) {
    if (size > kLongest) return refuse(path, "is a soft link with too long a name");
    std::vector<char> value(size + 1, '\0');
    if (H5Lget_val(file_, path.c_str(), value.data(), size, H5P_DEFAULT) < 0) return false;
    const std::string target = value.data();
    const size_t slash = path.find_last_of('/');
    const std::string group = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string within = "/" + group + (group.empty() ? "" : "/");
    if (!target.starts_with("/")) {
      return walk(group + (group.empty() ? "" : "/") + target, nested + 1);
    }
    if (target.starts_with(within)) return walk(target.substr(1), nested + 1);
    refused_ = "the soft link \"" + path + "\" leaves its group for \"" + target + "\"";
    return false;
  }

  const hid_t file_;
  int links_ = 0;
  std::string refused_;
};

// Fails when the name leads out of the file.
int find(caffe_hdf5_file* file, const char* name, bool* found, caffe_hdf5_error* error) {
  Way way(file->id);
  *found = way.leads_to_something(name);
  const std::string& refused = way.refused();
  return refused.empty() ? 0 : failed(error, (refused + ", which is not followed").c_str());
}

int open_file(caffe_hdf5_file** out, const char* path, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, true, true);  // file systems without locks are fine
#endif
  auto file = std::make_unique<caffe_hdf5_file>();
  file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (file->id < 0) return failed_inside(error, "it is not readable");
  *out = file.release();
  return 0;
}

int create_file(caffe_hdf5_file** out, caffe_hdf5_error* error) {
  const Silence silence;
  const size_t increment = 1 << 20;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, increment, /*backing_store=*/false);
  auto file = std::make_unique<caffe_hdf5_file>();
  // libhdf5 takes two open files of one name for the same one, in memory too.
  static int made = 0;
  const std::string name = "caffe" + std::to_string(made++);
  file->id = H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (file->id < 0) return failed_inside(error, "cannot make a file in memory");
  *out = file.release();
  return 0;
}

int bytes(caffe_hdf5_file* file, void (*take)(const char*, size_t, void*), void* user,
          caffe_hdf5_error* error) {
  const Silence silence;
  const ssize_t size =
      H5Fflush(file->id, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(file->id, nullptr, 0);
  if (size < 0) return failed_inside(error, "cannot finish the file");
  const std::unique_ptr<char[]> image(new char[static_cast<size_t>(size)]);
  if (H5Fget_file_image(file->id, image.get(), static_cast<size_t>(size)) != size) {
    return failed_inside(error, "cannot finish the file");
  }
  take(image.get(), static_cast<size_t>(size), user);
  return 0;
}

void close_file(caffe_hdf5_file* file) {
  const Silence silence;
  H5Fclose(file->id);
  delete file;
}

int kind(caffe_hdf5_file* file, const char* name, int* out, caffe_hdf5_error* error) {
  const Silence silence;
  bool found = false;
  *out = CAFFE_HDF5_NOTHING;
  if (find(file, name, &found, error) != 0) return 1;
  if (!found) return 0;
  const Handle object(H5Oopen(file->id, name, H5P_DEFAULT), H5Oclose);
  const H5I_type_t type = object ? H5Iget_type(object) : H5I_BADID;
  *out = type == H5I_GROUP     ? CAFFE_HDF5_GROUP
         : type == H5I_DATASET ? CAFFE_HDF5_DATASET
                               : CAFFE_HDF5_OTHER;
  return 0;
}

int list(caffe_hdf5_file* file, const char* name, void (*each)(const char*, void*), void* user,
         caffe_hdf5_error* error) {
  const Silence silence;
  bool found = false;
  if (find(file, name, &found, error) != 0) return 1;
  if (!found) return failed(error, "there is no such group");
  const Handle group(H5Gopen2(file->id, name, H5P_DEFAULT), H5Gclose);
  if (!group) return failed_inside(error, "is not a group");
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* member, const H5L_info_t*, void* to) -> herr_t {
    static_cast<std::vector<std::string>*>(to)->emplace_back(member);
    return 0;
  };
  hsize_t position = 0;
  if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, collect, &names) < 0) {
    return failed_inside(error, "cannot list the group");
  }
  for (const std::string& member : names) each(member.c_str(), user);
  return 0;
}

// Where the values lie, if that is not in the file itself; null when they do.
const char* place_of_values(hid_t dataset) {
  const Handle how(H5Dget_create_plist(dataset), H5Pclose);
  if (!how) return "nobody can tell where";
  if (H5Pget_external_count(how) > 0) return "another file (external storage)";
  if (H5Pget_layout(how) == H5D_VIRTUAL) return "other datasets (a virtual dataset)";
  return nullptr;
}

// Opens a dataset; -1 with the error said.
hid_t open_dataset(caffe_hdf5_file* file, const char* name, caffe_hdf5_error* error) {
  bool found = false;
  if (find(file, name, &found, error) != 0) return -1;
  if (!found) {
    failed(error, "there is no such dataset");
    return -1;
  }
  const hid_t dataset = H5Dopen2(file->id, name, H5P_DEFAULT);
  if (dataset < 0) {
    failed_inside(error, "is not a dataset");
    return -1;
  }
  const char* elsewhere = place_of_values(dataset);
  if (elsewhere == nullptr) return dataset;
  failed(error, (std::string("the dataset's values lie in ") + elsewhere +
                 ", which is not read; copy them into the file")
                    .c_str());
  H5Dclose(dataset);
  return -1;
}

const char* class_name(H5T_class_t type_class) {
  switch (type_class) {
    case H5T_TIME:
      return "times";
    case H5T_STRING:
      return "strings";
    case H5T_BITFIELD:
      return "bit fields";
    case H5T_OPAQUE:
      return "opaque bytes";
    case H5T_COMPOUND:
      return "compounds";
    case H5T_REFERENCE:
      return "references";
    case H5T_ENUM:
      return "enumerations";
    case H5T_VLEN:
      return "lists";
    case H5T_ARRAY:
      return "arrays";
    default:
      return "values of another kind";
  }
}

// Fails unless the dataset holds numbers; its extents.
int number_dims(hid_t dataset, std::vector<hsize_t>* dims, caffe_hdf5_error* error) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const H5T_class_t type_class = type ? H5Tget_class(type) : H5T_NO_CLASS;
  if (type_class != H5T_INTEGER && type_class != H5T_FLOAT) {
    return failed(
        error,
        (std::string("expected numbers, the dataset holds ") + class_name(type_class)).c_str());
  }
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (!space || H5Sget_simple_extent_type(space) == H5S_NULL) {
    return failed(error, "the dataset is empty");
  }
  const int axes = H5Sget_simple_extent_ndims(space);
  if (axes < 0 || axes > CAFFE_HDF5_MAX_AXES) return failed(error, "the dataset has no shape");
  dims->resize(static_cast<size_t>(axes));
  H5Sget_simple_extent_dims(space, dims->data(), nullptr);
  return 0;
}

int dataset_dims(caffe_hdf5_file* file, const char* name, int64_t dims[CAFFE_HDF5_MAX_AXES],
                 int* axes, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle dataset(open_dataset(file, name, error), H5Dclose);
  std::vector<hsize_t> extents;
  if (!dataset || number_dims(dataset, &extents, error) != 0) return 1;
  *axes = static_cast<int>(extents.size());
  for (size_t axis = 0; axis < extents.size(); ++axis) {
    dims[axis] = static_cast<int64_t>(extents[axis]);
  }
  return 0;
}

int read_floats(caffe_hdf5_file* file, const char* name, int64_t begin, int64_t end, float* values,
                caffe_hdf5_error* error) {
  const Silence silence;
  const Handle dataset(open_dataset(file, name, error), H5Dclose);
  std::vector<hsize_t> dims;
  if (!dataset || number_dims(dataset, &dims, error) != 0) return 1;
  herr_t done;
  if (begin < 0) {
    done = H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  } else {
    if (dims.empty() || static_cast<hsize_t>(end) > dims[0]) return failed(error, "no such rows");
    if (begin == end) return 0;
    std::vector<hsize_t> start(dims.size(), 0);
    start[0] = static_cast<hsize_t>(begin);
    dims[0] = static_cast<hsize_t>(end - begin);
    const int axes = static_cast<int>(dims.size());
    const Handle memory(H5Screate_simple(axes, dims.data(), nullptr), H5Sclose);
    const Handle rows(H5Dget_space(dataset), H5Sclose);
    done = H5Sselect_hyperslab(rows, H5S_SELECT_SET, start.data(), nullptr, dims.data(), nullptr);
    if (done >= 0) done = H5Dread(dataset, H5T_NATIVE_FLOAT, memory, rows, H5P_DEFAULT, values);
  }
  return done < 0 ? failed_inside(error, "cannot read the values") : 0;
}

// Makes a dataset of one type and writes all its values.
int write_dataset(caffe_hdf5_file* file, const char* name, hid_t file_type, hid_t memory_type,
                  hid_t space, const void* values, caffe_hdf5_error* error) {
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle dataset(
      H5Dcreate2(file->id, name, file_type, space, links, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  if (!dataset) return failed_inside(error, "cannot create the dataset");
  if (H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
    return failed_inside(error, "cannot write");
  }
  return 0;
}

int write_floats(caffe_hdf5_file* file, const char* name, const int64_t* dims, int axes,
                 const float* values, caffe_hdf5_error* error) {
  const Silence silence;
  const std::vector<hsize_t> extents(dims, dims + axes);
  const Handle space(
      axes == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(axes, extents.data(), nullptr),
      H5Sclose);
  return write_dataset(file, name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, space, values, error);
}

int read_int(caffe_hdf5_file* file, const char* name, int32_t* value, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle dataset(open_dataset(file, name, error), H5Dclose);
  std::vector<hsize_t> dims;
  if (!dataset || number_dims(dataset, &dims, error) != 0) return 1;
  hsize_t count = 1;
  for (const hsize_t extent : dims) count *= extent;
  if (count != 1) return failed(error, "expected one integer");
  if (H5Dread(dataset, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0) {
    return failed_inside(error, "cannot read the value");
  }
  return 0;
}

int write_int(caffe_hdf5_file* file, const char* name, int32_t value, caffe_hdf5_error* error) {
  const Silence silence;
  const hsize_t one = 1;
  const Handle space(H5Screate_simple(1, &one, nullptr), H5Sclose);
  return write_dataset(file, name, H5T_STD_I32LE, H5T_NATIVE_INT32, space, &value, error);
}

// Fixed and variable length strings, one in the dataset.
int read_string(caffe_hdf5_file* file, const char* name, void (*take)(const char*, void*),
                void* user, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle dataset(open_dataset(file, name, error), H5Dclose);
  if (!dataset) return 1;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const Handle space(H5Dget_space(dataset), H5Sclose);
  if (!type || H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) {
    return failed(error, "expected a string");
  }
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0) {
      return failed_inside(error, "cannot read the string");
    }
    take(text == nullptr ? "" : text, user);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text);
    return 0;
  }
  std::vector<char> text(H5Tget_size(type) + 1, '\0');
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0) {
    return failed_inside(error, "cannot read the string");
  }
  take(text.data(), user);
  return 0;
}

int write_string(caffe_hdf5_file* file, const char* name, const char* value,
                 caffe_hdf5_error* error) {
  const Silence silence;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, std::strlen(value) + 1);
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  return write_dataset(file, name, type, type, space, value, error);
}

int create_group(caffe_hdf5_file* file, const char* name, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle group(H5Gcreate2(file->id, name, links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  return group ? 0 : failed_inside(error, "cannot create the group");
}

int link_to(caffe_hdf5_file* file, const char* target, const char* name, caffe_hdf5_error* error) {
  const Silence silence;
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const bool done = H5Lcreate_hard(file->id, target, file->id, name, links, H5P_DEFAULT) >= 0;
  return done ? 0 : failed_inside(error, "cannot create the link");
}

// An exception (out of memory) must not cross into the library through C.
template <auto function, class... Args>
int guarded(Args... args) noexcept {
  try {
    return function(args...);
  } catch (...) {
    return failed(std::get<sizeof...(Args) - 1>(std::tuple<Args...>(args...)), "out of memory");
  }
}

const caffe_hdf5_table kTable = {
    guarded<open_file>,    guarded<create_file>,  guarded<bytes>,        close_file,
    guarded<kind>,         guarded<list>,         guarded<dataset_dims>, guarded<read_floats>,
    guarded<write_floats>, guarded<read_int>,     guarded<write_int>,    guarded<read_string>,
    guarded<write_string>, guarded<create_group>, guarded<link_to>,
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const void* caffe_module_table(int version) {
  return version == CAFFE_HDF5_TABLE_VERSION && H5open() >= 0 ? &kTable : nullptr;
}
