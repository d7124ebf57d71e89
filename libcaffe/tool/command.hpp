// What the commands of `caffe` share: one file a command.
#pragma once

#include <string>

#include "core/log.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

struct Command {
  const char* name;
  const char* help;
  const char* flags;  // those it looks at, between blanks
  int (*run)(const Flags& flags);
  enum Net { kMakesNone, kMakesNets } net = kMakesNone;  // by the flags of net_flags.hpp
  const char* words = nullptr;                           // what it takes besides flags, if anything
};

int train(const Flags& flags);
int test(const Flags& flags);
int time(const Flags& flags);
int device_query(const Flags& flags);
int export_onnx(const Flags& flags);
int matlab_path(const Flags& flags);
int zoo(const Flags& flags);

// Fails unless the flag is given.
std::string needed(const Flags& flags, const char* name, const char* what);

// Fails when -gpu or -device ask for what this build cannot do; else says what is used.
void choose_device(const Flags& flags);
// What -gpu says; fails when it is no number.
int64_t gpu_number(const std::string& text);

}  // namespace caffe::tool

// Log lines of the command say caffe.cpp, whichever file they come from: scripts look for it.
#define TOOL_LOG(...) CAFFE_LOG_FROM("caffe.cpp", kInfo, __VA_ARGS__)
