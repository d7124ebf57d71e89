// The original's programs beside `caffe`, most of them for databases, as commands: `caffe
// convert_imageset ...`, or the command itself under such a name. Their flags are not those of the
// others.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/database.hpp"
#include "tool/flags.hpp"

namespace caffe::tool {

struct DataTool {
  const char* name;
  const char* help;
  const char* words;  // what it takes besides flags
  std::span<const Flag> flags;
  size_t least, most;  // of its words
  int (*run)(const Flags& flags);
  // run() makes files and calls check_interrupted() (signals.hpp) while nothing half done would be
  // left of them; else a signal ends the program at once.
  bool makes_files = true;
};

extern const DataTool convert_imageset, convert_annoset, convert_mnist_data, convert_cifar_data,
    convert_mnist_siamese_data, compute_image_mean, extract_features, classification,
    upgrade_net_proto_text, upgrade_net_proto_binary, upgrade_solver_proto_text;

// The name of a program by its path, as the original's build folders have it with and without .bin.
std::string_view program_name(std::string_view path);

// The tool of this name; nullptr when it is none.
const DataTool* find_data_tool(std::string_view name);
std::span<const DataTool* const> data_tools();

// Runs it on what follows its name; `program` is what was called, for the log.
int run_data_tool(const DataTool& tool, int argc, const char* const* argv,
                  const std::string& program);

// The name of the database backend that `text`, "lmdb" or "leveldb", means.
std::string backend_of(const std::string& text);

// A database and where it will be.
struct NewDatabase {
  std::unique_ptr<DatabaseWriter> writer;
  std::string path;
};

// Commits all, then calls `last`, or leaves none of them: when a step fails, those before are
// undone.
void commit_all(
    const std::vector<NewDatabase>& databases, const std::function<void()>& last = [] {});

// `number` with zeros in front, `digits` long.
std::string numbered_key(int64_t number, int digits);

}  // namespace caffe::tool

// The original's programs log under names of their own.
#define DATA_TOOL_LOG(severity, file, ...) CAFFE_LOG_FROM(file, severity, __VA_ARGS__)
