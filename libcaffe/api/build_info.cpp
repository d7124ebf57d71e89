// The lines of caffe_build_info, made once.
#include "api/build_info.hpp"

#include <string>

#include "build_config.hpp"
#include "core/error.hpp"
#include "core/made_once.hpp"
#include "core/threads.hpp"
#include "kernels/kernels.hpp"

namespace caffe::api {

namespace {

std::string describe() {
  std::string lines;
  const auto line = [&](const char* key, const auto& value) {
    lines += str(key, ": ", value, "\n");
  };
  line("version", CAFFE_VERSION);
  line("revision", CAFFE_REVISION);
  line("compiler", CAFFE_COMPILER);
  line("build", CAFFE_BUILD_TYPE);
  std::vector<std::string> backends;
  for (const Kernels* kernels : all_backends()) backends.push_back(kernels->name());
  line("backends", joined(backends));
  line("onednn", CAFFE_HAVE_ONEDNN ? CAFFE_ONEDNN : "none");
  line("cuda", "no");
  line("isa", instruction_set());
  line("threads", num_threads());
  lines.pop_back();
  return lines;
}

}  // namespace

const char* build_info() {
  static MadeOnce<std::string> text;  // borrowed for ever
  return text.get(describe).c_str();
}

}  // namespace caffe::api
