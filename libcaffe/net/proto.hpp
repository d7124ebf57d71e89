// Blobs to and from the BlobProtos that files hold (as floats: schema/blob_proto.hpp).
#pragma once

#include <string>

#include "core/blob.hpp"
#include "schema/messages.hpp"

namespace caffe {

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
