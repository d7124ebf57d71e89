// A net as data: its layers in the order in which they run, the blobs between them, and what is
// learnt. Whoever wants to know a net reads this (gradients, plans, exports); Net runs it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/base/layer.hpp"
#include "schema/messages.hpp"

namespace caffe {

struct Graph {
  // A layer in its place.
  struct Node {
    std::unique_ptr<Layer> layer;
    std::vector<size_t> bottom_ids, top_ids;  // which blobs; one in place is both
    BlobPointers bottoms, tops;               // and these blobs themselves
    std::vector<float> loss_weights;          // by top
    std::vector<size_t> learnables;           // of each parameter, its own or its owner's
    bool need_backward = false;
    std::vector<bool> bottom_need_backward;
  };

  // What a solver learns: each parameter once, shared ones through their owner.
  struct Learnable {
    std::shared_ptr<Blob> blob;
    float lr_mult = 1, decay_mult = 1;
    bool lr_given = false, decay_given = false;
    std::string name;  // `layer: name or index`, for logs
    // The lowest layer whose backward adds to the gradient, which is complete when that layer has
    // gone back. None where no layer does.
    std::optional<size_t> ready_after;
  };

  std::string source;  // the definition's file, for messages
  std::vector<Node> nodes;

  // Blobs, in the order in which layers make them.
  std::vector<std::shared_ptr<Blob>> blobs;
  std::vector<std::string> blob_names;
  std::vector<float> blob_loss_weights;
  std::vector<size_t> input_ids, output_ids;

  std::vector<Learnable> learnables;

  // The index of the first layer (blob) of that name; fails with the nearest name.
  size_t layer_index(const std::string& name) const;
  size_t blob_index(const std::string& name) const;
  // Names a layer in messages, with the file and line.
  std::string label(const Node& node) const;
};

// Writes the weight of each loss into its top's diff, where backward finds it.
void fill_loss_diffs(const Graph::Node& node, Kernels& kernels);

std::vector<Shape> shapes_of(const BlobPointers& blobs);

// Fails unless the node's bottoms still have these shapes: a layer that works in place must leave
// the blob its shape, or it would read what is not there.
void check_bottoms(const Graph::Node& node, const std::vector<Shape>& shapes);

}  // namespace caffe
