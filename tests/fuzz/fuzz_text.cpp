// The text reader: whatever the input, it ends in a message or an error; what it accepts it prints,
// and reads again as the same message.
#include <cstdlib>

#include "core/error.hpp"
#include "schema/messages.hpp"
#include "schema/reflection.hpp"
#include "schema/text.hpp"
#include "schema/upgrade.hpp"
#include "support/fuzz.hpp"

namespace caffe::test {
namespace {

template <class T>
void read_print_read(std::string_view text, bool lenient) {
  T first, second;
  parse_text(text, first, {"input", lenient, nullptr});
  parse_text(print_text(first), second);
  if (!schema::equal(first, second)) std::abort();
  if constexpr (std::is_same_v<T, NetParameter>) {
    upgrade_net(first);
  } else {
    upgrade_solver(first);
  }
}

}  // namespace

void fuzz_one(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  bool refused = false;
  try {
    read_print_read<NetParameter>(text, false);
  } catch (const Error&) {
    refused = true;
  }
  // Nets in which a field is wrong go on to the lenient reader, solvers are refused as nets.
  if (refused && text.find("layer") != text.npos) read_print_read<NetParameter>(text, true);
  if (refused) read_print_read<SolverParameter>(text, false);
}

std::vector<std::string> fuzz_seeds() {
  return {"name: 'a' \"\\u00e9\\x41\" layer { name: 'l' loss_weight: [1f, -inf, .5e-3] }",
          "layer < clip_param { min: 0x10, max: nan; } >", "layers { layer { type: 'padding' } }"};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".prototxt"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
