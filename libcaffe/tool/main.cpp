// The `caffe` command: finds the command among its arguments, runs it, and turns errors into one
// line on stderr and exit status 1.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

#include "api/device.hpp"
#include "caffe.h"
#include "core/log_settings.hpp"
#include "core/threads.hpp"
#include "schema/files.hpp"
#include "tool/command.hpp"
#include "tool/data_tools.hpp"
#include "tool/replaced.hpp"
#include "tool/test_net.hpp"

namespace caffe::tool {

namespace {

constexpr Flag kFlags[] = {
    {"solver", Flag::kText, "", "file", "the solver's prototxt"},
    {"model", Flag::kText, "", "file", "the net's prototxt"},
    {"weights", Flag::kText, "", "files", "weights to start from, separated by commas"},
    {"snapshot", Flag::kText, "", "file",
     "the solver state to continue from; auto: the newest one, if any"},
    {"iterations", Flag::kNumber, "50", "number", "batches to run"},
    {"phase", Flag::kText, "", "phase", "TRAIN or TEST"},
    {"json", Flag::kText, "", "file", "where to write the times as JSON"},
    {"trace", Flag::kText, "", "file",
     "where to write every layer's runs, for chrome://tracing and Perfetto"},
    {"level", Flag::kNumber, "0", "number", "the net state's level"},
    {"stage", Flag::kText, "", "stages", "the net state's stages, separated by commas"},
    {"gpu", Flag::kText, "", "ids", "GPUs to run on: 0, or 0,1, or all"},
    {"device", Flag::kText, "", "device", "cpu: run there whatever solver_mode says"},
    {"backend", Flag::kText, "cpu", "name", "cpu, or reference: the plain kernels"},
    {"threads", Flag::kNumber, "0", "number", "threads to compute with; 0: as many as cores"},
    kDialectFlag,
    {"convolution", Flag::kText, "measured", "method",
     "measured: what is fastest; direct: never by transforms; winograd: by them where possible"},
    {"optimize", Flag::kSwitch, "false", "", "fuse layers and plan their memory, to run forward"},
    {"bf16_weights", Flag::kSwitch, "false", "", "keep inner products' weights in half the bytes"},
    {"lenient", Flag::kSwitch, "false", "", "unknown fields of prototxts are warnings"},
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
constexpr const char* kCommonFlags = " backend threads dialect convolution lenient version help ";

constexpr Command kCommands[] = {
    {"train", "train or finetune a net",
     " solver snapshot weights gpu device level stage sigint_effect sighup_effect ", train},
    {"test", "score a net",
     " model weights iterations gpu device level stage optimize bf16_weights ", test},
    {"time", "time each layer of a net, forward and backward",
     " model weights iterations phase json trace gpu device level stage optimize bf16_weights ",
     time},
    {"device_query", "show the devices", " gpu device ", device_query},
    {"export", "write a net and its weights as an ONNX file", " outputs dynamic_batch level stage ",
     export_onnx, "net.prototxt [net.caffemodel ...] net.onnx"},
    {"matlab-path", "print the folder for MATLAB's or Octave's addpath", " ", matlab_path},
    {"zoo", "find, get, share and mirror models, with Python: python -m caffe zoo", " ", zoo},
};

bool contains(const char* list, const std::string& name) {
  return std::strstr(list, (" " + name + " ").c_str()) != nullptr;
}

void print_flags(const char* list) {
  for (const Flag& flag : kFlags) {
    if (!contains(list, flag.name)) continue;
    print_flag(stdout, flag);
  }
}

void print_help() {
  std::printf("usage: caffe <command> [flags]\n\ncommands:\n");
  for (const Command& command : kCommands) {
    std::printf("  %-27s%s\n", command.name, command.help);
  }
  std::printf("\nflags of all of them:\n");
  print_flags(kCommonFlags);
  print_common_flags(stdout);
  std::printf("\nwith flags of their own:\n");
  for (const DataTool* tool : data_tools()) std::printf("  %-27s%s\n", tool->name, tool->help);
  std::printf("\n`caffe <command> -help` shows the flags of a command.\n");
}

void print_help(const Command& command) {
  std::printf("usage: caffe %s [flags]%s%s: %s\n\nflags:\n", command.name,
              command.words == nullptr ? "" : " ", command.words == nullptr ? "" : command.words,
              command.help);
  print_flags(command.flags);
  print_flags(kCommonFlags);
  print_common_flags(stdout);
}

const Command& find_command(const std::string& name) {
  if (find_data_tool(name) != nullptr) {
    fail(Status::kInvalidArgument, name, " has flags of its own, which stand behind its name: ",
         "caffe ", name, " [flags] ...");
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
  Flags flags(kFlags);
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
    if (contains(command.flags, name) || contains(kCommonFlags, name)) continue;
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

void choose_device(const Flags& flags) {
  if (!flags.text("gpu").empty()) {
    fail(Status::kUnsupported, "-gpu ", flags.text("gpu"),
         ": this build of libcaffe has no CUDA; leave out -gpu to run on the CPU");
  }
  if (flags.given("device")) api::find_device(flags.text("device"));
  TOOL_LOG("Use CPU.");
}

Kernels& chosen_kernels(const Flags& flags) {
  return kernels_by_name(flags.text("backend"));
}

std::unique_ptr<Net> make_net(const Flags& flags, Phase phase) {
  auto net = make_net(flags, phase, flags.text("model"));
  net->load_weight_files(flags.list("weights"));
  return net;
}

std::unique_ptr<Net> make_net(const Flags& flags, Phase phase, const std::string& file) {
  const NetParameter param = read_net(file, flags.on("lenient"));
  NetSetup setup;
  setup.state = *param.state;
  setup.state.set_phase(phase);
  setup.state.set_level(flags.number("level"));
  for (const std::string& stage : flags.list("stage")) setup.state.stage.push_back(stage);
  setup.kernels = &chosen_kernels(flags);
  setup.seed = next_net_seed();
  setup.dialect = flags.text("dialect");
  setup.tuning.convolution = convolution_method(flags.text("convolution"));
  setup.tuning.bf16_weights = flags.on("bf16_weights");
  setup.optimize = flags.on("optimize");
  setup.lenient = flags.on("lenient");
  setup.source = file;
  return std::make_unique<Net>(param, setup);
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
