// The log lines of training that scripts look for say the file in which the original writes them,
// whichever file they come from here.
#pragma once

#include "core/log.hpp"

#define LOG_FROM(file, severity, ...)                                                        \
  do {                                                                                       \
    if (::caffe::log_enabled(::caffe::Severity::severity)) {                                 \
      ::caffe::log_line(::caffe::Severity::severity, file, __LINE__,                         \
                        ::caffe::str(__VA_ARGS__));                                          \
    }                                                                                        \
  } while (false)

// What the original's loop of iterations says, and what its updates and solver states do.
#define SOLVER_LOG(severity, ...) LOG_FROM("solver.cpp", severity, __VA_ARGS__)
#define UPDATE_LOG(severity, ...) LOG_FROM("sgd_solver.cpp", severity, __VA_ARGS__)
