#include "core/modules.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "build_config.hpp"
#include "core/error.hpp"
#include "core/fork.hpp"

namespace caffe {

namespace fs = std::filesystem;

fs::path library_folder() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&library_folder), &info) == 0 || info.dli_fname == nullptr) {
    return fs::current_path();
  }
  std::error_code ignored;
  const fs::path path = fs::weakly_canonical(info.dli_fname, ignored);
  return path.parent_path();
}

namespace {

Mutex mutex;

std::vector<fs::path> module_folders() {
  std::vector<fs::path> folders;
  if (const char* path = std::getenv("CAFFE_MODULE_PATH"); path != nullptr) {
    std::istringstream list(path);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
  }
  folders.push_back(library_folder() / CAFFE_MODULE_FOLDER);  // where they are installed
  folders.push_back(library_folder() / "modules");            // in a build folder
  folders.push_back(library_folder());
  return folders;
}

std::string file_of(const std::string& name) {
  return "caffe_" + name + ".so";
}

void* open(const fs::path& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) fail(Status::kUnsupported, "cannot open ", path.string(), ": ", dlerror());
  return handle;
}

}  // namespace

bool has_module(const std::string& name) {
  const std::vector<fs::path> folders = module_folders();
  return std::any_of(folders.begin(), folders.end(), [&](const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder / file_of(name), ignored);
  });
}

const void* module_table(const std::string& name, int version, const std::string& package) {
  std::lock_guard<Mutex> lock(mutex);
  static auto& tables = *new std::map<std::string, const void*>;
  if (const auto found = tables.find(name); found != tables.end()) return found->second;

  const std::string file = file_of(name);
  std::vector<std::string> looked_in;
  for (const fs::path& folder : module_folders()) {
    const fs::path path = folder / file;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      looked_in.push_back(folder.string());
      continue;
    }
    void* handle = open(path);
    using TableFunction = const void* (*)(int);
    const auto function = reinterpret_cast<TableFunction>(dlsym(handle, "caffe_module_table"));
    const void* table = function == nullptr ? nullptr : function(version);
    if (table == nullptr) {
      fail(Status::kUnsupported, path.string(), " is from another version of the library");
    }
    return tables[name] = table;
  }
  fail(Status::kUnsupported, "the ", name, " module (", file, ") is not installed; it needs ",
       package, " (looked in ", joined(looked_in), ")");
}

namespace {

// Plugins by the handles of their shared objects: the thread that starts each, 0 once it has
// started. Its functions are called with the lock held.
std::map<void*, uint64_t>& plugins() {
  static auto& plugins = *new std::map<void*, uint64_t>;
  return plugins;
}

std::atomic<int> plugin_changes{0};

// Marks a plugin as started by this thread until it goes. Whoever comes while another thread starts
// it waits, and starts it when that one failed.
class PluginStart {
 public:
  explicit PluginStart(void* handle) : handle_(handle) {
    const uint64_t self = thread_number();
    for (;;) {
      const int seen = plugin_changes;
      {
        const std::lock_guard<Mutex> lock(mutex);
        const auto [plugin, is_new] = plugins().try_emplace(handle, self);
        uint64_t& starter = plugin->second;
        if (stayed_behind(starter)) starter = self, is_ours_ = true;
        if (is_new) is_ours_ = true;
        if (is_ours_ || starter == self || starter == 0) return;
      }
      plugin_changes.wait(seen);
    }
  }
  // It stays open even when it has failed, as it may have registered something before that; but it
  // does not count as loaded, so that trying again says so again.
  ~PluginStart() {
    if (!is_ours_) return;
    {
      const std::lock_guard<Mutex> lock(mutex);
      if (succeeded_) {
        plugins()[handle_] = 0;
      } else {
        plugins().erase(handle_);
      }
    }
    ++plugin_changes;
    plugin_changes.notify_all();
  }
  PluginStart(const PluginStart&) = delete;
  PluginStart& operator=(const PluginStart&) = delete;

  bool is_ours() const { return is_ours_; }
  void succeeded() { succeeded_ = true; }

 private:
  void* const handle_;
  bool is_ours_ = false, succeeded_ = false;
};

}  // namespace

void load_plugin(const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) fail(Status::kIo, "cannot open plugin ", path, ": no such file");
  void* handle = open(fs::absolute(path));  // a bare name would be looked for among the libraries
  using InitFunction = int (*)();
  const auto init = reinterpret_cast<InitFunction>(dlsym(handle, "caffe_plugin_init"));
  if (init == nullptr) {
    dlclose(handle);
    fail(Status::kUnsupported, path, " is no plugin: it has no function caffe_plugin_init");
  }
  PluginStart start(handle);
  if (!start.is_ours()) return;
  const int status = init();
  if (status != 0) {
    fail(Status::kCallback, "plugin ", path, ": caffe_plugin_init returned ", status);
  }
  start.succeeded();
}

}  // namespace caffe
