#include "tool/replaced.hpp"

#include <string>

#include "core/error.hpp"
#include "tool/data_tools.hpp"

namespace caffe::tool {

namespace {

struct Replaced {
  const char* name;
  const char* command;
  int needed;            // of its arguments
  const char* flags[3];  // what its arguments are today
  const char* shown[3];  // for those that are missing
};

constexpr Replaced kReplaced[] = {
    {"train_net", "train", 1, {"solver", "snapshot", nullptr}, {"SOLVER", "", ""}},
    {"finetune_net", "train", 2, {"solver", "weights", nullptr}, {"SOLVER", "WEIGHTS", ""}},
    {"test_net", "test", 2, {"model", "weights", "iterations"}, {"NET", "WEIGHTS", ""}},
    {"net_speed_benchmark", "time", 1, {"model", "iterations", nullptr}, {"NET", "", ""}},
};

}  // namespace

void refuse_replaced(std::string_view name, int argc, const char* const* argv) {
  for (const Replaced& program : kReplaced) {
    if (program_name(name) != program.name) continue;
    std::string typed = str("caffe ", program.command);
    for (int i = 0; i < 3 && program.flags[i] != nullptr; ++i) {
      if (i >= argc && i >= program.needed) break;
      typed += str(" -", program.flags[i], " ", i < argc ? argv[i] : program.shown[i]);
    }
    fail(Status::kUnsupported, program.name, " has become a command of caffe; type: ", typed);
  }
}

}  // namespace caffe::tool
