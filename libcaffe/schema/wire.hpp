// Messages as bytes, protobuf's wire format: caffemodel, solverstate and binaryproto files, datums.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "schema/message.hpp"

namespace caffe {

struct WireOptions {
  // What errors call the bytes: a path, or whatever helps to find them.
  std::string file = "<bytes>";
  // Of layers read only the fields on which all forks of Caffe agree: names, types, blobs, but no
  // parameters, whose numbers mean different things in different forks.
  bool weights_only = false;
  // Keeps `bytes` alive. When given, large float arrays point into the bytes, else they are copied.
  std::shared_ptr<const void> owner;
};

// Reads `bytes` into `message`, merging as protobuf does. Fields the schema does not know are kept
// in unknown_fields (unless weights_only). Fails with kParse, "file: byte N: ...".
void parse_wire(std::string_view bytes, Message& message, const WireOptions& options = {});

int64_t wire_size(const Message& message);

// Writes the message in pieces, so that a file larger than memory's slack needs no second copy.
void write_wire(const Message& message, const std::function<void(std::string_view)>& sink);

std::string wire_bytes(const Message& message);

}  // namespace caffe
