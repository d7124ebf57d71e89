// A net as an ONNX file.
#pragma once

#include <string>

#include "net/net.hpp"
#include "onnx/messages.hpp"

namespace caffe::onnx {

// Writes what the net computes in phase TEST, with its weights and for the shapes its inputs have.
// The option `output` names the blobs that are the file's outputs, instead of those that no layer
// reads; layers that lead to none of them are left out. Fails, naming the layer, on what ONNX
// cannot say, before anything is written. The net's values stay; shapes are brought up to date.
void export_net(Net& net, const std::string& path, const ExportOptions& options);

// The same without the file. The weights in it are the net's, which must live as long.
ModelProto model_of(Net& net, const ExportOptions& options);

}  // namespace caffe::onnx
