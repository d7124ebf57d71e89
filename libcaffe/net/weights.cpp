// Weights into and out of a net, by layer name: caffemodel files of any age, and HDF5.
#include <algorithm>
#include <filesystem>

#include "core/file_kind.hpp"
#include "core/log.hpp"
#include "data/hdf5.hpp"
#include "net/net.hpp"
#include "schema/blob_proto.hpp"
#include "schema/files.hpp"

namespace caffe {

namespace {

bool is_hdf5_name(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".h5" || extension == ".hdf5";
}

// `"a", "b", "c" and 7 more`.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kMost = 12;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    shown.push_back(caffe::quoted(names[i]));
  }
  const size_t more = names.size() - shown.size();
  return joined(shown) + (more == 0 ? "" : str(" and ", more, " more"));
}

// What the weights of a layer must agree in with its parameters: strict_dim is DeepLab's word.
ParamSpec::DimCheckMode check_mode(const Layer& layer) {
  return layer.param().strict_dim ? ParamSpec::STRICT : ParamSpec::PERMISSIVE;
}

[[noreturn]] void fail_count(const Layer& layer, const std::string& source, size_t stored) {
  fail(Status::kShape, "has ", layer.blobs().size(), " parameter blob(s), ", source, " holds ",
       stored, layer.count_hint(stored));
}

std::string dataset_name(const char* group, const Layer& layer, size_t param) {
  return str(group, "/", layer.name(), "/", param);
}

}  // namespace

bool Net::loaded(size_t layer) const {
  const std::vector<size_t>& learnables = graph_.nodes[layer].learnables;
  return std::all_of(learnables.begin(), learnables.end(),
                     [&](size_t each) { return each < loaded_.size() && loaded_[each]; });
}

std::string Net::layer_names(const std::vector<size_t>& layers) const {
  std::vector<std::string> names;
  for (const size_t i : layers) names.push_back(graph_.nodes[i].layer->name());
  return some_of(names);
}

void Net::load_weights(const std::string& path) {
  load_weight_files({path});
}

namespace {

// A load that fails leaves what is known of the one before.
template <class Load>
void or_restore(std::vector<bool>& loaded, const Load& load) {
  const std::vector<bool> before = loaded;
  try {
    load();
  } catch (...) {
    loaded = before;
    throw;
  }
}

}  // namespace

void Net::load_weight_files(const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  load_files(paths, Nothing::kFails);
  end_load(joined(paths));
}

void Net::load_others_weight_files(const std::vector<std::string>& paths) {
  load_files(paths, Nothing::kFine);
}

void Net::load_files(const std::vector<std::string>& paths, Nothing nothing) {
  or_restore(loaded_, [&] {
    begin_load();
    for (const std::string& path : paths) load_file(path, nothing);
  });
}

void Net::load_weights(const NetParameter& weights, const std::string& source) {
  or_restore(loaded_, [&] {
    begin_load();
    load_proto(weights, source, Nothing::kFails);
  });
  end_load(source);
}

// By what is in it, whatever its name says.
void Net::load_file(const std::string& path, Nothing nothing) {
  if (is_hdf5_file(path)) return load_hdf5(path, nothing);
  load_proto(read_weights(path), path, nothing);
}

// Layers whose parameters stay as they were are an accident as often as they are meant.
void Net::end_load(const std::string& source) const {
  std::vector<size_t> left;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!loaded(i)) left.push_back(i);
  }
  if (left.empty()) return;
  CAFFE_LOG(kWarning, source, ": holds nothing for ", layer_names(left), ": ",
            left.size() == 1 ? "this layer keeps its" : "these layers keep their",
            " parameters as they were");
}

// `held`: the layers for which the file has weights.
void Net::fail_for_nothing(const std::string& source, const std::vector<std::string>& held) const {
  std::vector<size_t> wanting;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (!graph_.nodes[i].learnables.empty()) wanting.push_back(i);
  }
  if (wanting.empty()) return;
  if (held.empty()) fail(Status::kNotFound, source, ": holds no weights, its layers have none");
  fail(Status::kNotFound, source, ": there is nothing in it for this net: it holds weights for ",
       some_of(held), ", the net has ", layer_names(wanting));
}

void Net::load_proto(const NetParameter& weights, const std::string& source, Nothing nothing) {
  struct Copy {
    const BlobProto* from;
    Blob* to;
    size_t learnable;
  };
  std::vector<Copy> copies;
  std::vector<std::string> held;
  for (const LayerParameter& layer : weights.layer) {
    if (!layer.blobs.empty()) held.push_back(layer.name);
    const auto node = std::find_if(graph_.nodes.begin(), graph_.nodes.end(), [&](const Node& each) {
      return each.layer->name() == layer.name;
    });
    if (node == graph_.nodes.end()) {
      if (!layer.blobs.empty()) CAFFE_LOG(kInfo, "Ignoring source layer ", layer.name);
      continue;
    }
    with_context([&] { return graph_.label(*node); },
                 [&] {
                   const auto& blobs = node->layer->blobs();
                   if (layer.blobs.size() != blobs.size()) {
                     fail_count(*node->layer, source, layer.blobs.size());
                   }
                   for (size_t i = 0; i < blobs.size(); ++i) {
                     check_blob_fits(layer.blobs[i], blobs[i]->shape(), str("parameter ", i),
                                     source, check_mode(*node->layer));
                     copies.push_back({&layer.blobs[i], blobs[i].get(), node->learnables[i]});
                   }
                 });
  }
  if (copies.empty() && nothing == Nothing::kFails) fail_for_nothing(source, held);
  for (const Copy& copy : copies) {
    copy_from_proto(*copy.from, *copy.to);
    loaded_[copy.learnable] = true;
  }
}

namespace {

// The datasets of an HDF5 file at its outside, to say what it is.
void check_holds_weights(const Hdf5File& file) {
  if (file.is_group("data")) return;
  if (file.is_dataset("iter") && file.exists("history")) {
    fail(Status::kParse, file.path(), ": this is a solver state, not weights");
  }
  fail(Status::kParse, file.path(), ": this is an HDF5 file of ", some_of(file.list("/")),
       ", not weights, which lie in a group \"data\"");
}

}  // namespace

void Net::load_hdf5(const std::string& path, Nothing nothing) {
  const Hdf5File file = Hdf5File::open(path);
  check_holds_weights(file);
  struct Copy {
    std::string dataset;
    Blob* to;
    size_t learnable;
  };
  std::vector<Copy> copies;
  std::vector<bool> given(graph_.learnables.size(), false);
  const auto for_each_held = [&](const auto& use) {
    for (const Node& node : graph_.nodes) {
      if (node.learnables.empty() || !file.is_group("data/" + node.layer->name())) continue;
      with_context([&] { return graph_.label(node); }, [&] { use(node); });
    }
  };
  for_each_held([&](const Node& node) {
    const auto& blobs = node.layer->blobs();
    for (size_t i = 0; i < blobs.size(); ++i) {
      const std::string dataset = dataset_name("data", *node.layer, i);
      if (!file.is_dataset(dataset)) continue;
      const Shape shape = file.shape(dataset);
      const bool fits =
          shape == blobs[i]->shape() ||
          (check_mode(*node.layer) == ParamSpec::PERMISSIVE && shape.count() == blobs[i]->count());
      if (!fits) {
        fail(Status::kShape, "parameter ", i, " has shape ", blobs[i]->shape(), ", ", path,
             " holds ", shape);
      }
      copies.push_back({dataset, blobs[i].get(), node.learnables[i]});
      given[node.learnables[i]] = true;
    }
    size_t stored = blobs.size();
    while (file.is_dataset(dataset_name("data", *node.layer, stored))) ++stored;
    if (stored > blobs.size()) fail_count(*node.layer, path, stored);
  });
  // In files of the original a shared parameter lies with its owner only.
  for_each_held([&](const Node& node) {
    for (size_t i = 0; i < node.learnables.size(); ++i) {
      if (given[node.learnables[i]]) continue;
      if (!node.layer->count_hint(i).empty()) fail_count(*node.layer, path, i);
      fail(Status::kShape, "has ", node.learnables.size(), " parameter blob(s), ", path,
           " lacks number ", i, ". BVLC Caffe writes what layers share by name with the first of ",
           "them only: if so, load the file into the whole net and save it anew");
    }
  });
  if (copies.empty() && nothing == Nothing::kFails) {
    std::vector<std::string> held = file.list("data");
    const auto is_empty = [&](const std::string& name) {
      return !file.is_group("data/" + name) || file.list("data/" + name).empty();
    };
    held.erase(std::remove_if(held.begin(), held.end(), is_empty), held.end());
    fail_for_nothing(path, held);
  }
  for (const Copy& copy : copies) {
    file.read_floats(copy.dataset, copy.to->data().write(), copy.to->count());
    loaded_[copy.learnable] = true;
  }
}

void Net::save_weights(const std::string& path, bool diffs) const {
  if (is_hdf5_name(path)) return save_hdf5(path, diffs);
  write_binary_file(path, to_proto(diffs));
}

NetParameter Net::to_proto(bool diffs) const {
  NetParameter proto;
  proto.set_name(name());
  for (const Node& node : graph_.nodes) {
    LayerParameter layer = node.layer->param();
    layer.blobs.clear();
    for (const auto& blob : node.layer->blobs()) {
      copy_to_proto(*blob, diffs, layer.blobs.emplace_back());
    }
    proto.layer.push_back(std::move(layer));
  }
  return proto;
}

void Net::save_hdf5(const std::string& path, bool diffs) const {
  Hdf5File file = Hdf5File::create(path);
  // A parameter that layers share lies with its owner; the others, which may be deployed without
  // it, have a link to it, which HDF5 and the original read as if it lay there.
  const auto write = [&](const char* group, const auto& tensor_of) {
    file.create_group(group);
    std::vector<std::string> written(graph_.learnables.size());
    for (const Node& node : graph_.nodes) {
      file.create_group(str(group, "/", node.layer->name()));
      for (size_t i = 0; i < node.learnables.size(); ++i) {
        const Blob& blob = *node.layer->blobs()[i];
        const std::string name = dataset_name(group, *node.layer, i);
        const size_t id = node.learnables[i];
        if (!written[id].empty() && blob.shape() == graph_.learnables[id].blob->shape()) {
          file.link(written[id], name);
          continue;
        }
        file.write_floats(name, blob.shape(), tensor_of(blob).read());
        if (written[id].empty()) written[id] = name;
      }
    }
  };
  write("data", [](const Blob& blob) { return blob.data(); });
  if (diffs) write("diff", [](const Blob& blob) { return blob.diff(); });
  file.commit();
}

}  // namespace caffe
