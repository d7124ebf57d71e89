// Solver states in files: the binary format (.solverstate) and HDF5 (.solverstate.h5).
#pragma once

#include <functional>
#include <string>

#include "schema/messages.hpp"

namespace caffe {

// Reads either format. Fails when the file is no complete solver state.
SolverState load_solver_state(const std::string& path);

// Writes the state beside `path`, as HDF5 when that ends in ".h5". Calling what it returns puts
// the file in its place; dropping it leaves nothing behind.
std::function<void()> prepare_solver_state(const std::string& path, const SolverState& state);

}  // namespace caffe
