// The process: version, log, threads, seed, devices, types, plugins.
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "api/barrier.hpp"
#include "api/build_info.hpp"
#include "api/text.hpp"
#include "build_config.hpp"
#include "core/device.hpp"
#include "core/log.hpp"
#include "core/modules.hpp"
#include "core/registry.hpp"
#include "core/rng.hpp"
#include "core/threads.hpp"
#include "layers/base/registry.hpp"

using namespace caffe;
using namespace caffe::api;

const char* caffe_version(void) {
  return CAFFE_VERSION;
}

int caffe_version_number(void) {
  return CAFFE_VERSION_MAJOR * 10000 + CAFFE_VERSION_MINOR * 100 + CAFFE_VERSION_PATCH;
}

const char* caffe_build_info(void) {
  try {
    return build_info();
  } catch (...) {
    translate(__func__);
    return "";
  }
}

void caffe_free(void* memory) {
  std::free(memory);
}

caffe_status caffe_set_log_callback(caffe_log_callback callback, void* user) {
  return barrier(__func__, [&] { set_log_sink(callback, user); });
}

caffe_status caffe_set_log_level(int level) {
  return barrier(__func__, [&] {
    if (level < CAFFE_LOG_DEBUG || level > CAFFE_LOG_NONE) {
      fail_argument("level is ", level, ", not one of CAFFE_LOG_DEBUG (0) to CAFFE_LOG_NONE (4)");
    }
    set_log_level(static_cast<Severity>(level));
  });
}

caffe_status caffe_log(int level, const char* file, int line, const char* message) {
  return barrier(__func__, [&] {
    require(file, "file");
    require(message, "message");
    if (level < CAFFE_LOG_DEBUG || level > CAFFE_LOG_ERROR) {
      fail_argument("level is ", level, ", not one of CAFFE_LOG_DEBUG (0) to CAFFE_LOG_ERROR (3)");
    }
    log_line(static_cast<Severity>(level), file, line, message);
  });
}

caffe_status caffe_set_num_threads(int threads) {
  return barrier(__func__, [&] {
    if (threads < 0 || threads > kMostThreads) {
      fail_argument("threads is ", threads, ", not 0 to ", kMostThreads);
    }
    set_num_threads(threads);
  });
}

int caffe_num_threads(void) {
  return num_threads();
}

caffe_status caffe_set_random_seed(uint64_t seed) {
  return barrier(__func__, [&] { set_random_seed(seed); });
}

caffe_status caffe_device_count(int64_t* count) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = device_count();
  });
}

caffe_status caffe_device_name(const char** name, int64_t index) {
  return barrier(__func__, [&] {
    require(name, "name");
    *name = device_name(index);
  });
}

caffe_status caffe_device_info(char** text, const char* device) {
  return barrier(__func__, [&] {
    require(text, "text");
    *text = owned_text(device_info(find_device(required_text(device, "device"))));
  });
}

caffe_status caffe_set_device(const char* device) {
  return barrier(__func__,
                 [&] { set_default_device(&find_device(required_text(device, "device"))); });
}

const char* caffe_get_device(void) {
  try {
    return default_device().name().c_str();
  } catch (const std::exception&) {
    return "";  // the environment names one that is not there: whoever makes a net is told why
  }
}

caffe_status caffe_layer_type_count(int64_t* count) {
  return barrier(__func__, [&] {
    require(count, "count");
    *count = static_cast<int64_t>(layer_registry().names().size());
  });
}

caffe_status caffe_layer_type_name(const char** name, int64_t index) {
  return barrier(__func__, [&] { name_at(name, layer_registry().names(), index, "layer type"); });
}

caffe_status caffe_layer_type_trait(const char** value, const char* type, const char* trait) {
  return barrier(__func__, [&] {
    require(value, "value");
    const std::string name = required_text(type, "type"), wanted = required_text(trait, "trait");
    const LayerTraits* traits = layer_registry().traits(name);
    if (traits == nullptr) fail_unknown("layer type", name, layer_registry().names());
    if (wanted == "family") {
      *value = traits->family.c_str();
    } else if (wanted == "purpose") {
      *value = purpose_name(traits->purpose);
    } else if (wanted == "coordinates") {
      const bool same = traits->coordinates == same_coordinates;
      *value = traits->coordinates == nullptr ? "" : same ? "same" : "mapped";
    } else {
      fail_unknown("trait", wanted, {"coordinates", "family", "purpose"});
    }
  });
}

caffe_status caffe_plugin_load(const char* path) {
  return barrier(__func__, [&] { load_plugin(required_text(path, "path")); });
}
