// What a solver's prototxt has to satisfy before anything is made of it, and what follows from it.
#pragma once

#include <string>
#include <vector>

#include "schema/messages.hpp"

namespace caffe {

// Fails on settings that cannot work, as far as the prototxt alone can tell. Those that the
// original takes although they make no sense are set to what it makes of them, with a warning.
void check_settings(SolverParameter& param);

// Fails on options of nets that those of a solver cannot have.
void check_options(const SolverOptions& options);

// Writes the device that solver_mode and device_id ask for into the options, unless these name one
// or the process has chosen one. Fails when it is not there.
void settle_device(const SolverParameter& param, NetOptions& options);

// A prefix that is absent becomes the solver file's name without extension; to one that is a
// directory that name is appended.
void settle_snapshot_prefix(SolverParameter& param, const std::string& solver_file);

// "a, b" -> {"a", "b"}.
std::vector<std::string> split_list(const std::string& list);

}  // namespace caffe
