// Weights into and out of a net, by layer name: caffemodel files of any age, and HDF5.
#include <algorithm>
#include <filesystem>

#include "core/log.hpp"
#include "data/hdf5.hpp"
#include "net/net.hpp"
#include "net/proto.hpp"
#include "schema/files.hpp"

namespace caffe {

namespace {

bool is_hdf5_name(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".h5" || extension == ".hdf5";
}

std::string dataset_name(const char* group, const Layer& layer, size_t param) {
  return str(group, "/", layer.name(), "/", param);
}

}  // namespace

void Net::load_weights(const std::string& path) {
  if (is_hdf5_name(path)) return load_hdf5(path);
  load_weights(read_weights(path), path);
}

void Net::load_weights(const NetParameter& weights, const std::string& source) {
  struct Copy {
    const BlobProto* from;
    Blob* to;
  };
  std::vector<Copy> copies;
  for (const LayerParameter& layer : weights.layer) {
    const auto node = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& each) {
      return each.layer->name() == layer.name;
    });
    if (node == nodes_.end()) {
      if (!layer.blobs.empty()) CAFFE_LOG(kInfo, "Ignoring source layer ", layer.name);
      continue;
    }
    with_context([&] { return label(*node); },
                 [&] {
                   const auto& blobs = node->layer->blobs();
                   if (layer.blobs.size() != blobs.size()) {
                     fail(Status::kShape, "has ", blobs.size(), " parameter blob(s), ", source,
                          " holds ", layer.blobs.size());
                   }
                   for (size_t i = 0; i < blobs.size(); ++i) {
                     check_blob_fits(layer.blobs[i], blobs[i]->shape(), str("parameter ", i),
                                     source);
                     copies.push_back({&layer.blobs[i], blobs[i].get()});
                   }
                 });
  }
  for (const Copy& copy : copies) copy_from_proto(*copy.from, *copy.to);
}

void Net::load_hdf5(const std::string& path) {
  const Hdf5File file = Hdf5File::open(path);
  struct Copy {
    std::string dataset;
    Blob* to;
  };
  std::vector<Copy> copies;
  for (const Node& node : nodes_) {
    const auto& blobs = node.layer->blobs();
    if (blobs.empty() || !file.exists("data/" + node.layer->name())) continue;
    with_context([&] { return label(node); },
                 [&] {
                   for (size_t i = 0; i < blobs.size(); ++i) {
                     const std::string dataset = dataset_name("data", *node.layer, i);
                     if (!file.exists(dataset)) {
                       // A shared parameter lies with its owner only.
                       if (i < node.layer->param().param.size() &&
                           !node.layer->param().param[i].name.empty()) {
                         continue;
                       }
                       fail(Status::kShape, "has ", blobs.size(), " parameter blob(s), ", path,
                            " holds ", i);
                     }
                     const Shape shape = file.shape(dataset);
                     if (shape != blobs[i]->shape()) {
                       fail(Status::kShape, "parameter ", i, " has shape ", blobs[i]->shape(), ", ",
                            path, " holds ", shape);
                     }
                     copies.push_back({dataset, blobs[i].get()});
                   }
                 });
  }
  for (const Copy& copy : copies) {
    file.read_floats(copy.dataset, copy.to->data().write(), copy.to->count());
  }
}

void Net::save_weights(const std::string& path, bool diffs) const {
  if (is_hdf5_name(path)) return save_hdf5(path, diffs);
  write_binary_file(path, to_proto(diffs));
}

NetParameter Net::to_proto(bool diffs) const {
  NetParameter proto;
  proto.set_name(name());
  for (const Node& node : nodes_) {
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
  const auto owned = [&](const Blob& blob) {
    return std::any_of(learnable_.begin(), learnable_.end(),
                       [&](const Learnable& each) { return each.blob.get() == &blob; });
  };
  file.create_group("data");
  if (diffs) file.create_group("diff");
  for (const Node& node : nodes_) {
    file.create_group("data/" + node.layer->name());
    if (diffs) file.create_group("diff/" + node.layer->name());
    for (size_t i = 0; i < node.layer->blobs().size(); ++i) {
      const Blob& blob = *node.layer->blobs()[i];
      if (!owned(blob)) continue;
      file.write_floats(dataset_name("data", *node.layer, i), blob.shape(), blob.data().read());
      if (!diffs) continue;
      file.write_floats(dataset_name("diff", *node.layer, i), blob.shape(), blob.diff().read());
    }
  }
  file.commit();
}

}  // namespace caffe
