// The options of the functions that make things: prototxt text. What they come to is said where
// things are made (net/setup.hpp, solver/solver.hpp).
#pragma once

#include "schema/messages.hpp"

namespace caffe::api {

// NULL and "" are no options. Fail with kParse and the place within the text.
NetOptions parse_net_options(const char* text);
SolverOptions parse_solver_options(const char* text);
ModelOptions parse_model_options(const char* text);
ExportOptions parse_export_options(const char* text);

}  // namespace caffe::api
