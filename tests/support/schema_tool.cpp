// The schema's readers and writers for tests written in Python. Reads requests from standard input
// until it ends: a line "COMMAND TYPE LENGTH" and LENGTH bytes; answers each with a line
// "ok LENGTH" or "error LENGTH" and LENGTH bytes, the result or the message.
//
//   text_to_text  text_to_wire  wire_to_text  wire_to_wire     the message TYPE in another form
//   text_to_text_lenient                                       unknown fields are skipped
//   upgraded_text  upgraded_wire    the same form, a NetParameter or SolverParameter upgraded
//   weights                         bytes of a caffemodel in, out what a net gets to see of it
#include <cstdio>
#include <iostream>
#include <string>

#include "core/error.hpp"
#include "schema/files.hpp"
#include "schema/upgrade.hpp"
#include "schema/wire.hpp"

using namespace caffe;

namespace {

void upgrade(Message& message) {
  if (auto* net = dynamic_cast<NetParameter*>(&message)) upgrade_net(*net);
  if (auto* solver = dynamic_cast<SolverParameter*>(&message)) upgrade_solver(*solver);
}

std::string answer(const std::string& command, const std::string& type, const std::string& input) {
  if (command == "weights") return wire_bytes(read_weights_bytes(input, "input"));
  const schema::MessageType* message_type = schema::find_message_type(type);
  if (!message_type) fail(Status::kNotFound, "no message type ", quoted(type));
  const auto message = message_type->create();
  const bool from_text = command.starts_with("text") || command == "upgraded_text";
  const bool lenient = command.ends_with("_lenient");
  if (from_text) {
    parse_text(input, *message, {"input", lenient, nullptr});
  } else {
    parse_wire(input, *message, {"input", false, nullptr});
  }
  if (command.starts_with("upgraded")) upgrade(*message);
  const bool to_text = command.find("to_text") != command.npos || command == "upgraded_text";
  return to_text ? print_text(*message) : wire_bytes(*message);
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string command, type;
  size_t length = 0;
  while (std::cin >> command >> type >> length) {
    std::cin.get();
    std::string input(length, '\0');
    std::cin.read(input.data(), static_cast<std::streamsize>(length));
    std::string status = "ok", result;
    try {
      result = answer(command, type, input);
    } catch (const Error& error) {
      status = "error";
      result = error.what();
    }
    std::cout << status << ' ' << result.size() << '\n' << result << std::flush;
  }
  return 0;
}
