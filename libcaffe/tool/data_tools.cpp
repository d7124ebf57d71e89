#include "tool/data_tools.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/error.hpp"
#include "core/log.hpp"
#include "tool/signals.hpp"

namespace caffe::tool {

namespace {

const DataTool* const kTools[] = {&convert_imageset,           &convert_annoset,
                                  &convert_mnist_data,         &convert_cifar_data,
                                  &convert_mnist_siamese_data, &compute_image_mean,
                                  &extract_features,           &classification,
                                  &upgrade_net_proto_text,     &upgrade_net_proto_binary,
                                  &upgrade_solver_proto_text};

// Flags every tool takes.
constexpr Flag kCommonFlags[] = {
    {"help", Flag::kSwitch, "false", "", "print this help"},
};

void print_usage(std::FILE* to, const DataTool& tool, std::span<const Flag> flags) {
  std::fprintf(to, "usage: caffe %s [flags] %s\n%s\n\nflags:\n", tool.name, tool.words, tool.help);
  for (const Flag& flag : flags) print_flag(to, flag);
  if (to == stdout) print_common_flags(to);
}

}  // namespace

std::span<const DataTool* const> data_tools() {
  return kTools;
}

std::string_view program_name(std::string_view path) {
  path = path.substr(path.rfind('/') + 1);
  if (path.ends_with(".bin")) path.remove_suffix(4);
  return path;
}

const DataTool* find_data_tool(std::string_view name) {
  name = program_name(name);
  const auto* found = std::find_if(std::begin(kTools), std::end(kTools),
                                   [&](const DataTool* tool) { return name == tool->name; });
  return found == std::end(kTools) ? nullptr : *found;
}

int run_data_tool(const DataTool& tool, int argc, const char* const* argv,
                  const std::string& program) {
  std::vector<Flag> known(tool.flags.begin(), tool.flags.end());
  known.insert(known.end(), std::begin(kCommonFlags), std::end(kCommonFlags));
  Flags flags(known);
  flags.parse(argc, argv);
  if (flags.on("help")) {
    print_usage(stdout, tool, known);
    return 0;
  }
  set_up_log(flags, program);
  const size_t words = flags.words().size();
  if (words < tool.least || words > tool.most) {
    print_usage(stderr, tool, known);
    return 1;
  }
  if (!tool.makes_files) return tool.run(flags);
  try {
    const InterruptWatch watch;
    return tool.run(flags);
  } catch (const Interrupted& by) {
    // Nothing that is half done is left; the shell sees which signal it was.
    ::signal(by.signal, SIG_DFL);
    ::raise(by.signal);
    return 128 + by.signal;
  }
}

std::string backend_of(const std::string& text) {
  if (text == "lmdb") return "LMDB";
  if (text == "leveldb") return "LEVELDB";
  fail(Status::kInvalidArgument, quoted(text), " is no kind of database, expected \"lmdb\" or ",
       "\"leveldb\"");
}

void commit_all(const std::vector<NewDatabase>& databases, const std::function<void()>& last) {
  size_t done = 0;
  try {
    for (; done < databases.size(); ++done) databases[done].writer->commit();
    last();
  } catch (...) {
    std::error_code ignored;
    while (done-- > 0) std::filesystem::remove_all(databases[done].path, ignored);
    throw;
  }
}

std::string numbered_key(int64_t number, int digits) {
  const std::string text = std::to_string(number);
  const auto zeros =
      static_cast<size_t>(digits) - std::min(text.size(), static_cast<size_t>(digits));
  return std::string(zeros, '0') + text;
}

}  // namespace caffe::tool
