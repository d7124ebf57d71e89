// The options of the functions that make things: prototxt text.
#pragma once

#include "net/net.hpp"
#include "schema/messages.hpp"

namespace caffe::api {

// NULL and "" are no options. Fail with kParse and the place within the text.
NetOptions parse_net_options(const char* text);
SolverOptions parse_solver_options(const char* text);
ModelOptions parse_model_options(const char* text);
ExportOptions parse_export_options(const char* text);

// The device the options name, or the process's default; fails when it is not there.
const char* device_of(const NetOptions& options);
// The number of compute threads; 0: the process's.
int threads_of(const NetOptions& options);
// How layers may compute, by the options convolution and bf16_weights.
Tuning tuning_of(const NetOptions& options);
// The kernels the options name; null leaves the choice.
Kernels* kernels_of(const NetOptions& options);

}  // namespace caffe::api
