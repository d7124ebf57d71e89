// Options are messages of the schema, so that they are read and refused as prototxt is.
#include "api/options.hpp"

#include "api/device.hpp"
#include "core/threads.hpp"
#include "schema/text.hpp"

namespace caffe::api {

namespace {

template <class Options>
Options parse(const char* text) {
  Options options;
  TextOptions how;
  how.file = "options";
  if (text != nullptr) parse_text(text, options, how);
  return options;
}

}  // namespace

NetOptions parse_net_options(const char* text) {
  return parse<NetOptions>(text);
}

SolverOptions parse_solver_options(const char* text) {
  return parse<SolverOptions>(text);
}

ModelOptions parse_model_options(const char* text) {
  return parse<ModelOptions>(text);
}

ExportOptions parse_export_options(const char* text) {
  return parse<ExportOptions>(text);
}

const char* device_of(const NetOptions& options) {
  return find_device(options.has_device() ? options.device : default_device());
}

int threads_of(const NetOptions& options) {
  if (options.threads > static_cast<uint32_t>(kMostThreads)) {
    fail(Status::kInvalidArgument, "options: threads is ", options.threads, ", not 0 to ",
         kMostThreads);
  }
  return static_cast<int>(options.threads);
}

Tuning tuning_of(const NetOptions& options) {
  return {convolution_method(options.convolution), options.bf16_weights};
}

Kernels* kernels_of(const NetOptions& options) {
  return options.has_backend() ? &kernels_by_name(options.backend) : nullptr;
}

}  // namespace caffe::api
