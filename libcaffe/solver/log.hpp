// The log lines of training that scripts look for say the file in which the original writes them,
// whichever file they come from here.
#pragma once

#include "core/log.hpp"

// What the original's loop of iterations says, and what its updates and solver states do.
#define SOLVER_LOG(severity, ...) CAFFE_LOG_FROM("solver.cpp", severity, __VA_ARGS__)
#define UPDATE_LOG(severity, ...) CAFFE_LOG_FROM("sgd_solver.cpp", severity, __VA_ARGS__)
