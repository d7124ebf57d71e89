// What the commands of `caffe` share: one file a command.
#pragma once

#include <memory>
#include <string>

#include "core/log.hpp"
#include "net/net.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

struct Command {
  const char* name;
  const char* help;
  const char* flags;  // those it looks at, between blanks
  int (*run)(const Flags& flags);
  const char* words = nullptr;  // what it takes besides flags, if anything
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

// The kernels of -backend.
Kernels& chosen_kernels(const Flags& flags);

// The net of -model, in `phase`, with -level, -stage, and -weights when they are given.
std::unique_ptr<Net> make_net(const Flags& flags, Phase phase);
// The same of the prototxt `model`, without weights.
std::unique_ptr<Net> make_net(const Flags& flags, Phase phase, const std::string& model);

}  // namespace caffe::tool

// Log lines of the command say caffe.cpp, whichever file they come from: scripts look for it.
#define TOOL_LOG(...)                                                    \
  do {                                                                   \
    if (::caffe::log_enabled(::caffe::Severity::kInfo)) {                \
      ::caffe::log_line(::caffe::Severity::kInfo, "caffe.cpp", __LINE__, \
                        ::caffe::str(__VA_ARGS__));                      \
    }                                                                    \
  } while (false)
