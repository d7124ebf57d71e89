// Which class a layer type is. Layers register themselves from their own file, so no list has to
// name them; where forks of Caffe gave one name several meanings, each meaning registers itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "core/fork.hpp"
#include "layers/base/layer.hpp"
#include "layers/base/traits.hpp"

namespace caffe {

using LayerFactory =
    std::function<std::unique_ptr<Layer>(const LayerParameter&, const LayerContext&)>;

// The forks whose meanings a net's `dialect` may ask for, in alphabetical order.
const std::vector<std::string>& dialects();

// Fails unless `dialect` is "" or one of them.
void check_dialect(const std::string& dialect);

// What one fork means by a layer type.
struct LayerMeaning {
  std::string dialect;  // "": BVLC Caffe's meaning, or that of all who have the type
  // Whether the fields that are given are this fork's and no other's; nullptr: the text cannot
  // tell.
  bool (*meant)(const LayerParameter&) = nullptr;
};

class LayerRegistry {
 public:
  void add(const std::string& type, const LayerMeaning& meaning, LayerFactory factory,
           const LayerTraits& traits = {});
  void add(const std::string& type, LayerFactory factory) { add(type, {}, std::move(factory)); }

  // The class for param.type: the meaning the fields tell, else the one of the net's dialect, else
  // BVLC Caffe's, else the only one there is. Fails when the type is unknown or is none of these.
  LayerFactory find(const LayerParameter& param, const std::string& dialect) const;

  // What is known of the type, whatever fork means by it; nullptr when it is unknown. Stays valid.
  const LayerTraits* traits(const std::string& type) const;

  // All types, in alphabetical order.
  std::vector<std::string> names() const;

 private:
  struct Entry {
    LayerMeaning meaning;
    LayerFactory factory;
  };
  struct Type {
    std::vector<Entry> entries;
    LayerTraits traits;
  };

  mutable Mutex mutex_;
  std::map<std::string, Type> types_;
};

LayerRegistry& layer_registry();

std::unique_ptr<Layer> make_layer(const LayerParameter& param, const LayerContext& context);

// Registers a class under its Caffe name, from its own file: `const LayerRegistration<ReluLayer>
// registration("ReLU");` in an anonymous namespace.
template <class T>
struct LayerRegistration {
  explicit LayerRegistration(const char* type, const LayerMeaning& meaning = {},
                             std::source_location where = std::source_location::current()) {
    layer_registry().add(
        type, meaning,
        [](const LayerParameter& param, const LayerContext& context) {
          return std::unique_ptr<Layer>(new T(param, context));
        },
        traits(where.file_name()));
  }

 private:
  static LayerTraits traits(std::string_view file) {
    LayerTraits traits;
    const std::string_view folder = file.substr(0, file.rfind('/'));
    traits.family = folder.substr(folder.rfind('/') + 1);
    if constexpr (requires { T::purpose; }) traits.purpose = T::purpose;
    if constexpr (requires { &T::coordinates; }) traits.coordinates = T::coordinates;
    return traits;
  }
};

}  // namespace caffe
