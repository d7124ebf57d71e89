#include "layers/base/registry.hpp"

#include <algorithm>

#include "core/made_once.hpp"
#include "core/registry.hpp"
#include "schema/fork_types.hpp"

namespace caffe {

const std::vector<std::string>& dialects() {
  static MadeOnce<std::vector<std::string>> all;
  return all.get([] {
    return std::vector<std::string>{"ccnn", "fcn", "hed", "nearest", "pspnet", "ssd", "segnet"};
  });
}

void check_dialect(const std::string& dialect) {
  const auto& known = dialects();
  if (dialect.empty() || std::find(known.begin(), known.end(), dialect) != known.end()) return;
  fail_unknown("dialect", dialect, known);
}

void LayerRegistry::add(const std::string& type, const LayerMeaning& meaning, LayerFactory factory,
                        const LayerTraits& traits) {
  std::lock_guard<Mutex> lock(mutex_);
  std::vector<Entry>& entries = types_[type].entries;
  for (const Entry& each : entries) {
    if (each.meaning.dialect == meaning.dialect) {
      fail(Status::kInvalidArgument, "layer type ", quoted(type), " is already registered");
    }
  }
  entries.push_back({meaning, std::move(factory)});
  if (entries.size() == 1 || meaning.dialect.empty()) types_[type].traits = traits;
}

const LayerTraits* LayerRegistry::traits(const std::string& type) const {
  std::lock_guard<Mutex> lock(mutex_);
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second.traits;
}

LayerFactory LayerRegistry::find(const LayerParameter& param, const std::string& dialect) const {
  {
    std::lock_guard<Mutex> lock(mutex_);
    const auto found = types_.find(param.type);
    if (found != types_.end()) {
      const std::vector<Entry>& entries = found->second.entries;
      for (const Entry& each : entries) {
        if (each.meaning.meant != nullptr && each.meaning.meant(param)) return each.factory;
      }
      for (const std::string& wanted : {dialect, std::string()}) {
        for (const Entry& each : entries) {
          if (each.meaning.dialect == wanted) return each.factory;
        }
      }
      if (entries.size() == 1) return entries[0].factory;
      std::vector<std::string> meanings;
      for (const Entry& each : entries) meanings.push_back(each.meaning.dialect);
      std::sort(meanings.begin(), meanings.end());
      fail(Status::kInvalidArgument, "layer type ", quoted(param.type),
           " has several meanings, and its fields do not tell which: give the net's dialect (",
           joined(meanings), ")");
    }
  }
  if (param.type == "Python") {
    fail(Status::kUnsupported, "layers written in Python run in the Python package only: start ",
         "with `python -m caffe` in place of `caffe`, or with `import caffe`");
  }
  if (param.type == "CoSData") {
    fail(Status::kUnsupported,
         "layer type \"CoSData\" is CaffeOnSpark's, which reads data frames; ",
         "Data reads an LMDB or LevelDB, HDF5Data HDF5 files, and an Input takes what the program ",
         "writes into its blobs");
  }
  if (const std::string_view fork = schema::fork_of_type(param.type); !fork.empty()) {
    fail(
        Status::kUnsupported, "layer type ", quoted(param.type), " is one of the fork ", fork,
        " that is not supported; a layer of that type may be written in Python or as a table of C ",
        "functions");
  }
  fail_unknown("layer type", param.type, names());
}

std::vector<std::string> LayerRegistry::names() const {
  std::lock_guard<Mutex> lock(mutex_);
  std::vector<std::string> names;
  for (const auto& entry : types_) names.push_back(entry.first);
  return names;
}

LayerRegistry& layer_registry() {
  static auto& registry = *new LayerRegistry;
  return registry;
}

std::unique_ptr<Layer> make_layer(const LayerParameter& param, const LayerContext& context) {
  return layer_registry().find(param, context.options->dialect)(param, context);
}

}  // namespace caffe
