// Nets, solvers and weights as files. What is read has been upgraded; what is written is complete
// or not there. Fails with kIo (path and reason) or kParse (path and place).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "schema/messages.hpp"
#include "schema/text.hpp"

namespace caffe {

void read_text_file(const std::string& path, Message& message, bool lenient = false);
void write_text_file(const std::string& path, const Message& message);

// Large float arrays point into the mapped file.
void read_binary_file(const std::string& path, Message& message);
void write_binary_file(const std::string& path, const Message& message);

// Net definitions. Warnings, about old formats and what `lenient` skipped, go to the log.
NetParameter read_net(const std::string& path, bool lenient = false);
NetParameter read_net_text(std::string_view text, const std::string& name = "<text>",
                           bool lenient = false);

// A solver definition.
SolverParameter read_solver(const std::string& path, bool lenient = false);
SolverParameter read_solver_text(std::string_view text, const std::string& name = "<text>",
                                 bool lenient = false);

// A caffemodel of any generation or fork: layers with names, types and blobs of floats.
NetParameter read_weights(const std::string& path);
// The same from memory. `owner` keeps `bytes` alive, and floats may point into them; without it
// they are copied.
NetParameter read_weights_bytes(std::string_view bytes, const std::string& name,
                                std::shared_ptr<const void> owner = nullptr);

SolverState read_solver_state(const std::string& path);

// A binaryproto, a mean image for instance.
BlobProto read_blob(const std::string& path);

}  // namespace caffe
