#include "schema/files.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "schema/blob_proto.hpp"
#include "schema/upgrade.hpp"
#include "schema/wire.hpp"

namespace caffe {
namespace {

void log_warnings(const std::vector<std::string>& warnings, const std::string& prefix = "") {
  for (const std::string& warning : warnings) CAFFE_LOG(kWarning, prefix, warning);
}

void read_text(std::string_view text, const std::string& name, bool lenient, Message& message) {
  std::vector<std::string> warnings;
  TextOptions options;
  options.file = name;
  options.lenient = lenient;
  options.warnings = &warnings;
  options.lenient_is_an_option = true;
  parse_text(text, message, options);
  log_warnings(warnings);
}

// Says what a file is that should have been binary and is not, if that can be seen.
void explain_mistake(std::string_view bytes, const std::string& name) {
  const auto is_plain = [](char c) { return (c >= ' ' && c < 127) || (c >= '\t' && c <= '\r'); };
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) {
    fail(Status::kParse, name, ": this is an HDF5 file; give it a name that ends in .h5");
  }
  if (bytes.starts_with("version https://git-lfs")) {
    fail(Status::kParse, name,
         ": this is a Git LFS pointer, not the file itself; fetch it with git lfs pull");
  }
  const std::string_view head = bytes.substr(0, 256);
  if (!head.empty() && std::all_of(head.begin(), head.end(), is_plain)) {
    fail(Status::kParse, name, ": this is a text file; expected a binary one");
  }
}

void read_binary(std::string_view bytes, Message& message, const WireOptions& options) {
  try {
    parse_wire(bytes, message, options);
  } catch (const Error&) {
    explain_mistake(bytes, options.file);
    throw;
  }
}

}  // namespace

void read_text_file(const std::string& path, Message& message, bool lenient) {
  read_text(read_file(path), path, lenient, message);
}

void write_text_file(const std::string& path, const Message& message) {
  AtomicFile file(path);
  file.write(print_text(message));
  file.commit();
}

void read_binary_file(const std::string& path, Message& message) {
  const MappedFile file = map_file(path, Mapping::kPrivate);
  WireOptions options;
  options.file = path;
  options.owner = file.owner;
  read_binary(file.bytes, message, options);
}

void write_binary_file(const std::string& path, const Message& message) {
  AtomicFile file(path);
  write_wire(message, [&](std::string_view piece) { file.write(piece); });
  file.commit();
}

NetParameter read_net(const std::string& path, bool lenient) {
  return read_net_text(read_file(path), path, lenient);
}

NetParameter read_net_text(std::string_view text, const std::string& name, bool lenient) {
  NetParameter net;
  read_text(text, name, lenient, net);
  const auto context = [&] { return name; };
  log_warnings(with_context(context, [&] { return upgrade_net(net); }).warnings, name + ": ");
  return net;
}

SolverParameter read_solver(const std::string& path, bool lenient) {
  return read_solver_text(read_file(path), path, lenient);
}

SolverParameter read_solver_text(std::string_view text, const std::string& name, bool lenient) {
  SolverParameter solver;
  read_text(text, name, lenient, solver);
  const auto context = [&] { return name; };
  log_warnings(with_context(context, [&] { return upgrade_solver(solver); }).warnings, name + ": ");
  return solver;
}

NetParameter read_weights(const std::string& path) {
  const MappedFile file = map_file(path, Mapping::kPrivate);
  return read_weights_bytes(file.bytes, path, file.owner);
}

NetParameter read_weights_bytes(std::string_view bytes, const std::string& name,
                                std::shared_ptr<const void> owner) {
  NetParameter net;
  read_binary(bytes, net, {name, true, std::move(owner)});
  with_context([&] { return name; },
               [&] {
                 upgrade_net(net);
                 for (LayerParameter& layer : net.layer) {
                   with_context([&] { return str("layer ", quoted(layer.name)); },
                                [&] {
                                  for (BlobProto& blob : layer.blobs) use_floats(blob);
                                });
                 }
               });
  return net;
}

SolverState read_solver_state(const std::string& path) {
  SolverState state;
  read_binary_file(path, state);
  with_context([&] { return path; },
               [&] {
                 for (BlobProto& blob : state.history) use_floats(blob);
               });
  return state;
}

BlobProto read_blob(const std::string& path) {
  BlobProto blob;
  read_binary_file(path, blob);
  with_context([&] { return path; }, [&] { use_floats(blob); });
  return blob;
}

}  // namespace caffe
