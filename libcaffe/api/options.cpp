// Options are messages of the schema, so that they are read and refused as prototxt is.
#include "api/options.hpp"

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

}  // namespace caffe::api
