// BlobProto, what files hold of a blob: as a shape and floats, whatever the file's age, and to and
// from the blob itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/blob.hpp"
#include "schema/messages.hpp"

namespace caffe {

// `shape`, or the four axes of files older than that field.
std::vector<int64_t> blob_shape(const BlobProto& blob);

// Moves values kept as doubles, or as raw bytes (NVIDIA's fork: halves and others), to data and
// diff. Fails with kParse when the bytes do not make whole values.
void use_floats(BlobProto& blob);

// IEEE 754 half precision.
float half_to_float(uint16_t half);

// Fails unless the proto holds values for a blob of `shape`, or with PERMISSIVE, as many. Four-axis
// shapes of older files fit shapes without their leading ones. `what` and `source` are for the
// message.
void check_blob_fits(const BlobProto& proto, const Shape& shape, const std::string& what,
                     const std::string& source, ParamSpec::DimCheckMode mode = ParamSpec::STRICT);

// The proto's data (and diff, if it has one) into a blob of the same count. Large data of a mapped
// file (core/files.hpp, kPrivate) is not copied: the blob's values lie in the file from then on, or
// where no floats can be read there, are fetched from it when they are first read.
void copy_from_proto(const BlobProto& proto, Blob& blob);

void copy_to_proto(const Blob& blob, bool diff, BlobProto& proto);

}  // namespace caffe
