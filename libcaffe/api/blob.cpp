// Blobs: shape, values, pins, files.
#include <cstring>

#include "api/objects.hpp"
#include "api/shape.hpp"
#include "api/text.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"

using namespace caffe;
using namespace caffe::api;

namespace {

// One of a blob's two tensors.
using Part = Tensor (Blob::*)();

constexpr Part kData = &Blob::data;
constexpr Part kDiff = &Blob::diff;

// Fails for a blob whose values are gone when the net has run. While a layer runs they are there.
void require_shown(const BlobObject& object) {
  if (!object.blob->hidden() || object.role == BlobObject::Role::kOfLayer) return;
  fail(Status::kState, object.label,
       " cannot be looked at: the net was made with `optimize`; name ",
       "the blob in its option `keep`");
}

// The tensor of a blob that is there to be looked at.
Tensor part_of(const BlobObject& object, Part part) {
  require_shown(object);
  return ((*object.blob).*part)();
}

caffe_status read(const char* function, const float** values, caffe_blob* blob, Part part) {
  return barrier(function, [&] {
    require(values, "values");
    *values = part_of(*get<BlobObject>(blob, "blob"), part).read();
  });
}

// For update, not write: who asks for the pointer may change one value of many.
caffe_status change(const char* function, float** values, caffe_blob* blob, Part part) {
  return barrier(function, [&] {
    require(values, "values");
    *values = part_of(*get<BlobObject>(blob, "blob"), part).update();
  });
}

// What both copies begin with: the tensor, which must have `count` values.
Tensor tensor_of(const BlobObject& object, Part part, const void* values, int64_t count) {
  if (count != object.blob->count()) {
    fail(Status::kShape, object.label, " has shape ", object.blob->shape(), ", not ", count,
         " values");
  }
  if (count > 0) require(values, "values");
  return part_of(object, part);
}

caffe_status copy_in(const char* function, caffe_blob* blob, Part part, const float* values,
                     int64_t count) {
  return barrier(function, [&] {
    const auto object = get<BlobObject>(blob, "blob");
    const Tensor tensor = tensor_of(*object, part, values, count);
    if (count == 0) return;
    // They may be the blob's own, through a pin: then they move onto themselves.
    std::memmove(tensor.write(), values, static_cast<size_t>(count) * sizeof(float));
  });
}

caffe_status copy_out(const char* function, float* values, caffe_blob* blob, Part part,
                      int64_t count) {
  return barrier(function, [&] {
    const auto object = get<BlobObject>(blob, "blob");
    const Tensor tensor = tensor_of(*object, part, values, count);
    if (count > 0) std::memcpy(values, tensor.read(), static_cast<size_t>(count) * sizeof(float));
  });
}

caffe_blob* own(std::shared_ptr<Blob> blob) {
  return new_handle<caffe_blob>(
      std::make_shared<BlobObject>(std::move(blob), "the blob", BlobObject::Role::kOwned));
}

}  // namespace

caffe_status caffe_blob_create(caffe_blob** blob, int axes, const int64_t* dims) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    *blob = own(std::make_shared<Blob>(shape_of(axes, dims)));
  });
}

caffe_status caffe_blob_load(caffe_blob** blob, const char* file) {
  return barrier(__func__, [&] {
    require(blob, "blob");
    const std::string path = required_text(file, "file");
    const BlobProto proto = read_blob(path);
    auto made = std::make_shared<Blob>(Shape(blob_shape(proto)));
    check_blob_fits(proto, made->shape(), "the blob", path);
    copy_from_proto(proto, *made);
    *blob = own(std::move(made));
  });
}

caffe_status caffe_blob_save(caffe_blob* blob, const char* file) {
  return barrier(__func__, [&] {
    const auto object = get<BlobObject>(blob, "blob");
    require_shown(*object);
    BlobProto proto;
    copy_to_proto(*object->blob, false, proto);
    write_binary_file(required_text(file, "file"), proto);
  });
}

void caffe_blob_destroy(caffe_blob* blob) {
  if (blob == nullptr) return;
  barrier(__func__, [&] {
    // Bindings destroy whatever they have wrapped, without knowing whose it is.
    if (get<BlobObject>(blob, "blob")->role != BlobObject::Role::kOwned) return;
    remove_object(reinterpret_cast<uintptr_t>(blob));
  });
}

caffe_status caffe_blob_axes(int* axes, caffe_blob* blob) {
  return barrier(__func__, [&] {
    require(axes, "axes");
    *axes = get<BlobObject>(blob, "blob")->blob->axes();
  });
}

caffe_status caffe_blob_dim(int64_t* dim, caffe_blob* blob, int axis) {
  return barrier(__func__, [&] {
    require(dim, "dim");
    const auto object = get<BlobObject>(blob, "blob");
    *dim = with_context([&] { return object->label; }, [&] { return object->blob->dim(axis); });
  });
}

caffe_status caffe_blob_count(int64_t* count, caffe_blob* blob) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = get<BlobObject>(blob, "blob")->blob->count();
  });
}

caffe_status caffe_blob_reshape(caffe_blob* blob, int axes, const int64_t* dims) {
  return barrier(__func__, [&] {
    const auto object = get<BlobObject>(blob, "blob");
    const Shape shape = shape_of(axes, dims);
    const Blob& now = *object->blob;
    if (object->role == BlobObject::Role::kParameter && shape.count() != now.count()) {
      fail(Status::kState, object->label, " holds as many values as its layer needs, ", now.shape(),
           ", and can only be given another shape of ", now.count(), ", not ", shape);
    }
    object->blob->reshape(shape);
  });
}

caffe_status caffe_blob_data(const float** values, caffe_blob* blob) {
  return read(__func__, values, blob, kData);
}

caffe_status caffe_blob_mutable_data(float** values, caffe_blob* blob) {
  return change(__func__, values, blob, kData);
}

caffe_status caffe_blob_diff(const float** values, caffe_blob* blob) {
  return read(__func__, values, blob, kDiff);
}

caffe_status caffe_blob_mutable_diff(float** values, caffe_blob* blob) {
  return change(__func__, values, blob, kDiff);
}

caffe_status caffe_blob_set_data(caffe_blob* blob, const float* values, int64_t count) {
  return copy_in(__func__, blob, kData, values, count);
}

caffe_status caffe_blob_get_data(float* values, caffe_blob* blob, int64_t count) {
  return copy_out(__func__, values, blob, kData, count);
}

caffe_status caffe_blob_set_diff(caffe_blob* blob, const float* values, int64_t count) {
  return copy_in(__func__, blob, kDiff, values, count);
}

caffe_status caffe_blob_get_diff(float* values, caffe_blob* blob, int64_t count) {
  return copy_out(__func__, values, blob, kDiff, count);
}

caffe_status caffe_blob_pin(caffe_pin** pin, caffe_blob* blob, int which) {
  return barrier(__func__, [&] {
    require(pin, "pin");
    const auto object = get<BlobObject>(blob, "blob");
    if (which != CAFFE_DATA && which != CAFFE_DIFF) {
      fail_argument("which is ", which, ", not CAFFE_DATA (0) or CAFFE_DIFF (1)");
    }
    require_shown(*object);
    const auto& storage =
        which == CAFFE_DATA ? object->blob->data_storage() : object->blob->diff_storage();
    *pin = new_handle<caffe_pin>(std::make_shared<PinObject>(storage, object->blob->shape()));
  });
}

caffe_status caffe_pin_values(float** values, caffe_pin* pin) {
  return barrier(__func__, [&] {
    require(values, "values");
    *values = get<PinObject>(pin, "pin")->values();
  });
}

void caffe_pin_destroy(caffe_pin* pin) {
  if (pin == nullptr) return;
  barrier(__func__, [&] {
    get<PinObject>(pin, "pin");
    remove_object(reinterpret_cast<uintptr_t>(pin));
  });
}
