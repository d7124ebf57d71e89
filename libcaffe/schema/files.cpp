#include "schema/files.hpp"

#include "core/error.hpp"
#include "core/file_kind.hpp"
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

// Whether the text says something, and only what a message of type Other may say.
template <class Other>
bool reads_as(std::string_view text) {
  Other other;
  try {
    parse_text(text, other);
  } catch (const Error&) {
    return false;
  }
  return !print_text(other).empty();
}

// A text that is no Wanted, but as a whole an Other, is named as that.
template <class Wanted, class Other>
void read_text_of(std::string_view text, const std::string& name, bool lenient, Wanted& message,
                  const char* wanted, const char* other) {
  const auto reject_other = [&] {
    if (reads_as<Other>(text)) fail(Status::kParse, name, ": this is ", other, ", not ", wanted);
  };
  try {
    read_text(text, name, lenient, message);
  } catch (const Error&) {
    reject_other();
    throw;
  }
  // What is passed over may have been all there was.
  if (lenient && print_text(message).empty()) reject_other();
}

constexpr const char* kNet = "a net's prototxt";
constexpr const char* kSolver = "a solver's prototxt";
constexpr const char* kWeights = "weights";
constexpr const char* kState = "a solver state";
constexpr const char* kBlob = "a blob (a binaryproto)";

void read_binary(std::string_view bytes, Message& message, const WireOptions& options,
                 FileKind kind, const char* wanted) {
  try {
    parse_wire(bytes, message, options);
  } catch (const Error&) {
    reject_other_kinds(options.file, kind_of(bytes), {kind}, wanted);
    throw;
  }
}

// `message` as it was read from the file at `path`, where `missing(message)` says whether it lacks
// what no file of that kind lacks.
template <class T, class Missing>
T read_binary_file_of(const std::string& path, FileKind kind, const char* wanted,
                      const Missing& missing) {
  reject_folder(path, wanted);
  const MappedFile file = map_file(path, Mapping::kPrivate);
  T message;
  read_binary(file.bytes, message, {path, false, file.owner}, kind, wanted);
  if (missing(message)) reject_other_kinds(path, kind_of(file.bytes), {kind}, wanted);
  return message;
}

}  // namespace

void read_text_file(const std::string& path, Message& message, bool lenient) {
  read_text(read_text_only(path, "a prototxt"), path, lenient, message);
}

void write_text_file(const std::string& path, const Message& message) {
  AtomicFile file(path);
  file.write(print_text(message));
  file.commit();
}

void read_binary_file(const std::string& path, Message& message) {
  const MappedFile file = map_file(path, Mapping::kPrivate);
  parse_wire(file.bytes, message, {path, false, file.owner});
}

void write_binary_file(const std::string& path, const Message& message) {
  AtomicFile file(path);
  write_wire(message, [&](std::string_view piece) { file.write(piece); });
  file.commit();
}

NetParameter read_net(const std::string& path, bool lenient) {
  return read_net_text(read_text_only(path, kNet), path, lenient);
}

NetParameter read_net_text(std::string_view text, const std::string& name, bool lenient) {
  NetParameter net;
  read_text_of<NetParameter, SolverParameter>(text, name, lenient, net, kNet, kSolver);
  const auto context = [&] { return name; };
  log_warnings(with_context(context, [&] { return upgrade_net(net); }).warnings, name + ": ");
  return net;
}

SolverParameter read_solver(const std::string& path, bool lenient) {
  return read_solver_text(read_text_only(path, kSolver), path, lenient);
}

SolverParameter read_solver_text(std::string_view text, const std::string& name, bool lenient) {
  SolverParameter solver;
  read_text_of<SolverParameter, NetParameter>(text, name, lenient, solver, kSolver, kNet);
  const auto context = [&] { return name; };
  log_warnings(with_context(context, [&] { return upgrade_solver(solver); }).warnings, name + ": ");
  return solver;
}

NetParameter read_weights(const std::string& path) {
  reject_folder(path, kWeights);
  const MappedFile file = map_file(path, Mapping::kPrivate);
  return read_weights_bytes(file.bytes, path, file.owner);
}

NetParameter read_weights_bytes(std::string_view bytes, const std::string& name,
                                std::shared_ptr<const void> owner) {
  NetParameter net;
  read_binary(bytes, net, {name, true, std::move(owner)}, FileKind::kCaffemodel, kWeights);
  with_context([&] { return name; },
               [&] {
                 upgrade_net(net);
                 for (LayerParameter& layer : net.layer) {
                   with_context([&] { return str("layer ", quoted(layer.name)); },
                                [&] {
                                  for (BlobProto& blob : layer.blobs) use_floats(blob);
                                });
                 }
                 upgrade_weights(net);
               });
  if (net.layer.empty()) {
    reject_other_kinds(name, kind_of(bytes), {FileKind::kCaffemodel}, kWeights);
    fail(Status::kParse, name, ": holds no layers, so these are no weights");
  }
  return net;
}

SolverState read_solver_state(const std::string& path) {
  SolverState state = read_binary_file_of<SolverState>(
      path, FileKind::kSolverState, kState,
      [](const SolverState& read) { return !read.has_iter() || read.history.empty(); });
  with_context([&] { return path; },
               [&] {
                 for (BlobProto& blob : state.history) use_floats(blob);
               });
  return state;
}

BlobProto read_blob(const std::string& path) {
  BlobProto blob =
      read_binary_file_of<BlobProto>(path, FileKind::kBlob, kBlob, [](const BlobProto& read) {
        return read.data.empty() && read.double_data.empty() && read.raw_data.empty();
      });
  with_context([&] { return path; }, [&] { use_floats(blob); });
  return blob;
}

}  // namespace caffe
