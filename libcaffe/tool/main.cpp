// The `caffe` command: finds the command among its arguments, runs it, and turns errors into one
// line on stderr and exit status 1.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "caffe.h"
#include "core/device.hpp"
#include "core/log_settings.hpp"
#include "core/threads.hpp"
#include "tool/command.hpp"
#include "tool/data_tools.hpp"
#include "tool/net_flags.hpp"
#include "tool/replaced.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kFlags[] = {
    {"solver", Flag::kText, "", "file", "the solver's prototxt"},
    {"model", Flag::kText, "", "file", "the net's prototxt"},
    {"snapshot", Flag::kText, "", "file",
     "the solver state to continue from; auto: the newest one, if any"},
    {"iterations", Flag::kNumber, "50", "number", "batches to run"},
    {"phase", Flag::kText, "", "phase", "TRAIN or TEST"},
    {"json", Flag::kText, "", "file", "where to write the times as JSON"},
    {"trace", Flag::kText, "", "file",
     "where to write every layer's runs, for chrome://tracing and Perfetto"},
    {"gpu", Flag::kText, "", "ids", "GPUs to run on: 0, or 0,1, or all"},
    {"outputs", Flag::kText, "", "blobs",
     "the file's outputs, separated by commas; all that no layer reads when not given"},
    {"dynamic_batch", Flag::kSwitch, "false", "", "leave open how many items a batch has"},
    {"sigint_effect", Flag::kText, "stop", "effect", "what Ctrl-C does: stop, snapshot or none"},
    {"sighup_effect", Flag::kText, "snapshot", "effect",
     "what a hang-up does: stop, snapshot or none"},
    {"version", Flag::kSwitch, "false", "", "print the version and what was built"},
    {"help", Flag::kSwitch, "false", "", "print this help, or that of a command"},
};

// Flags every command takes.
constexpr const char* kCommonFlags = " threads version help ";

constexpr Command kCommands[] = {
    {"train", "train or finetune a net", " solver snapshot gpu sigint_effect sighup_effect ", train,
     Command::kMakesNets},
    {"test", "score a net", " model iterations gpu ", test, Command::kMakesNets},
    {"time", "time each layer of a net, forward and backward",
     " model iterations phase json trace gpu ", time, Command::kMakesNets},
    {"device_query", "show the devices", " gpu device ", device_query},
    {"export", "write a net and its weights as an ONNX file", " outputs dynamic_batch ",
     export_onnx, Command::kMakesNets, "net.prototxt [net.caffemodel ...] net.onnx"},
    {"matlab-path", "print the folder for MATLAB's or Octave's addpath", " ", matlab_path},
    {"zoo", "find, get, share and mirror models, with Python: python -m caffe zoo", " ", zoo},
};

bool contains(const char* list, const std::string& name) {
  return std::strstr(list, (" " + name + " ").c_str()) != nullptr;
}

// The command's own and those of nets, in the order of the help.
std::vector<Flag> all_flags() {
  std::vector<Flag> flags(std::begin(kFlags), std::end(kFlags));
  flags.insert(flags.end(), net_flags().begin(), net_flags().end());
  return flags;
}

bool looks_at(const Command& command, const std::string& flag) {
  const auto named = [&](const Flag& each) { return flag == each.name; };
  if (command.net == Command::kMakesNets &&
      std::any_of(net_flags().begin(), net_flags().end(), named)) {
    return true;
  }
  return contains(command.flags, flag) || contains(kCommonFlags, flag);
}

void print_help() {
  std::printf("usage: caffe <command> [flags]\n\ncommands:\n");
  for (const Command& command : kCommands) {
    std::printf("  %-27s%s\n", command.name, command.help);
  }
  std::printf("\nflags of all of them:\n");
  for (const Flag& flag : all_flags()) {
    if (contains(kCommonFlags, flag.name)) print_flag(stdout, flag);
  }
  print_common_flags(stdout);
  std::printf("\nwith flags of their own:\n");
  for (const DataTool* tool : data_tools()) std::printf("  %-27s%s\n", tool->name, tool->help);
  std::printf("\n`caffe <command> -help` shows the flags of a command.\n");
}

void print_help(const Command& command) {
  std::printf("usage: caffe %s [flags]%s%s: %s\n\nflags:\n", command.name,
              command.words == nullptr ? "" : " ", command.words == nullptr ? "" : command.words,
              command.help);
  for (const Flag& flag : all_flags()) {
    if (looks_at(command, flag.name)) print_flag(stdout, flag);
  }
  print_common_flags(stdout);
}

const Command& find_command(const std::string& name) {
  if (find_data_tool(name) != nullptr) {
    fail(Status::kInvalidArgument, name,
         " has flags of its own, which stand behind its name: ", "caffe ", name, " [flags] ...");
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command;
    names.emplace_back(command.name);
  }
  for (const DataTool* tool : data_tools()) names.emplace_back(tool->name);
  fail(Status::kInvalidArgument, "unknown command ", quoted(name), did_you_mean(name, names),
       " (commands: ", joined(names), ")");
}

int run(int argc, const char* const* argv) {
  // A link to the command under the name of one of the original's programs is that program.
  for (int i = 0; i < std::min(argc, 2); ++i) {
    const DataTool* tool = find_data_tool(argv[i]);
    if (tool != nullptr) return run_data_tool(*tool, argc - i, argv + i, argv[0]);
    refuse_replaced(argv[i], argc - i - 1, argv + i + 1);
  }
  // Its flags are its own.
  if (argc > 1 && std::strcmp(argv[1], "zoo") == 0) return zoo(Flags(kFlags));
  std::vector<const char*> words(argv, argv + argc);
  if (words.empty()) words.push_back("caffe");
  const std::string program = words[0];
  if (program_name(program) == "device_query") words.insert(words.begin() + 1, "device_query");
  Flags flags(all_flags());
  flags.parse(static_cast<int>(words.size()), words.data());
  if (flags.on("version")) {
    std::printf("%s\n", caffe_build_info());
    return 0;
  }
  if (flags.words().empty()) {
    print_help();
    return 0;
  }
  const Command& command = find_command(flags.words()[0]);
  if (flags.on("help")) {
    print_help(command);
    return 0;
  }
  if (flags.words().size() > 1 && command.words == nullptr) {
    fail(Status::kInvalidArgument, "unexpected argument ", quoted(flags.words()[1]), " after ",
         quoted(command.name));
  }
  set_up_log(flags, program);
  for (const std::string& name : flags.names()) {
    if (looks_at(command, name)) continue;
    CAFFE_LOG(kWarning, "caffe ", command.name, " does not look at flag -", name);
  }
  if (flags.given("threads")) set_num_threads(flags.number("threads"));
  return command.run(flags);
}

}  // namespace

std::string needed(const Flags& flags, const char* name, const char* what) {
  if (flags.text(name).empty()) fail(Status::kInvalidArgument, "-", name, " is needed: ", what);
  return flags.text(name);
}

int64_t gpu_number(const std::string& text) {
  const std::optional<int64_t> number = parsed_number<int64_t>(text);
  if (number && *number >= 0) return *number;
  fail(Status::kInvalidArgument, "-gpu is the number of a GPU, not ", quoted(text));
}

void choose_device(const Flags& flags) {
  if (flags.given("device")) {
    set_default_device(&find_device(flags.text("device")));
  } else if (const std::string gpu = flags.text("gpu"); !gpu.empty()) {
    if (!has_gpu_kind()) fail_without_gpu("-gpu " + gpu, "leave out -gpu to run on the CPU");
    set_default_device(&find_device(gpu_name(gpu_number(gpu))));
  }
  const Device& device = default_device();
  if (device.is_host()) {
    TOOL_LOG("Use CPU.");
  } else {
    TOOL_LOG("Use GPU with device ID ", device.number());
  }
}

}  // namespace caffe::tool

namespace {

void tell(const char* error) {
  std::fprintf(stderr, "caffe: error: %s\n", error);
  try {
    // Whoever reads the log's files later wants to know how it ended.
    caffe::log_to_files(caffe::Severity::kError, "caffe.cpp", __LINE__, error);
  } catch (const std::bad_alloc&) {
    return;  // stderr has it
  }
}

}  // namespace

extern "C" int caffe_tool_main(int argc, char** argv) {
  try {
    const int status = caffe::tool::run(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    tell("standard output cannot be written");
  } catch (const std::bad_alloc&) {
    tell("out of memory");
  } catch (const std::exception& error) {
    tell(error.what());
  }
  return 1;
}
