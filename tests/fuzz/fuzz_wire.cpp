// The wire reader: whatever the input, it ends in a message or an error; what it accepts it writes,
// in as many bytes as it said, and reads again as the same message.
#include <cstdlib>

#include "core/error.hpp"
#include "schema/files.hpp"
#include "schema/reflection.hpp"
#include "schema/wire.hpp"
#include "support/fuzz.hpp"

namespace caffe::test {
namespace {

template <class T>
void read_write_read(std::string_view bytes) {
  T first, second;
  parse_wire(bytes, first, {"input", false, nullptr});
  const std::string written = wire_bytes(first);
  if (static_cast<int64_t>(written.size()) != wire_size(first)) std::abort();
  parse_wire(written, second, {"input", false, nullptr});
  if (!schema::equal(first, second)) std::abort();
}

template <class Fn>
void tolerate(Fn&& fn) {
  try {
    fn();
  } catch (const Error&) {
  }
}

}  // namespace

void fuzz_one(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // A view into the input, so that a read outside of it is seen.
  const auto owner = std::make_shared<int>(0);
  tolerate([&] { read_weights_bytes(bytes, "input", owner); });
  tolerate([&] { read_write_read<NetParameter>(bytes); });
  tolerate([&] { read_write_read<SolverState>(bytes); });
  tolerate([&] { read_write_read<BlobProto>(bytes); });
  tolerate([&] { read_write_read<Datum>(bytes); });
}

std::vector<std::string> fuzz_seeds() {
  return {std::string("\xa2\x06\x03\x0a\x01l", 6), std::string("\xc3\x3e\x08\x01\xc4\x3e", 6),
          std::string("\x12\x07\x0a\x05\x0a\x03pad", 9)};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".caffemodel", ".binaryproto", ".solverstate", ".bin"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
