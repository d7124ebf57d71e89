// The wire reader: a loop over tagged values, table in hand.
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "schema/reflection.hpp"
#include "schema/wire.hpp"
#include "schema/wire_format.hpp"

namespace caffe {
namespace {

using namespace schema;

constexpr int kMaxDepth = 100;

// Arrays smaller than this are not worth keeping a file mapped for.
constexpr size_t kSmallestView = 256;

// The fields of layers that carry the same meaning under the same number in every fork.
bool is_common(const MessageType& type, int32_t number) {
  const std::string_view name = type.name;
  if (name == "LayerParameter") return number <= 11;
  if (name == "V1LayerParameter") {
    return number <= 8 || number == 32 || number == 33 || number == 35 || number == 1001 ||
           number == 1002;
  }
  if (name == "V0LayerParameter") return number <= 2 || (number >= 50 && number <= 52);
  return true;
}

class WireReader {
 public:
  WireReader(std::string_view bytes, const WireOptions& options)
      : bytes_(bytes), end_(bytes.size()), options_(options) {}

  void read_message(Message& message) {
    const MessageType& type = message.message_type();
    while (at_ < end_) {
      const size_t start = at_;
      const uint64_t tag = varint();
      const auto number = static_cast<int32_t>(tag >> 3);
      const auto wire = static_cast<WireType>(tag & 7);
      if (tag > std::numeric_limits<uint32_t>::max() || number == 0) {
        fail_at(start, str("no field of ", type.name, " starts here"));
      }
      const bool wanted = !options_.weights_only || is_common(type, number);
      const Field* field = wanted ? type.find(number) : nullptr;
      if (field && read_field(*field, wire, message)) continue;
      skip(wire, number, start);
      if (!options_.weights_only) keep_unknown(message, bytes_.substr(start, at_ - start));
    }
  }

 private:
  [[noreturn]] void fail_at(size_t at, const std::string& what) const {
    fail(Status::kParse, options_.file, ": byte ", at, ": ", what);
  }

  [[noreturn]] void truncated(size_t at) const {
    fail_at(at, str("a value ends behind byte ", end_, ", where ",
                    end_ == bytes_.size() ? "the file" : "its message",
                    " ends; the file is truncated or damaged"));
  }

  static void keep_unknown(Message& message, std::string_view bytes) {
    message.unknown_fields.mut().bytes.append(bytes);
  }

  uint64_t varint() {
    const size_t start = at_;
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) truncated(start);
      const auto byte = static_cast<uint8_t>(bytes_[at_++]);
      if (shift < 64) value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    fail_at(start, "a number of more than ten bytes");
  }

  std::string_view take(uint64_t n) {
    if (n > end_ - at_) truncated(at_);
    at_ += n;
    return bytes_.substr(at_ - n, n);
  }

  std::string_view length_delimited() {
    const size_t start = at_;
    const uint64_t n = varint();
    if (n > end_ - at_) truncated(start);
    return take(n);
  }

  template <class T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  template <class T>
  T value() {
    if constexpr (std::is_same_v<T, std::string>) {
      return std::string(length_delimited());
    } else if constexpr (std::is_floating_point_v<T>) {
      return fixed<T>();
    } else if constexpr (std::is_same_v<T, bool>) {
      return varint() != 0;
    } else {
      return static_cast<T>(varint());
    }
  }

  void go_deeper() {
    if (++depth_ > kMaxDepth) {
      fail_at(at_, str("messages are nested more than ", kMaxDepth, " deep"));
    }
  }

  // Runs `read` on the next `bytes.size()` bytes, which have just been taken.
  template <class Fn>
  void inside(std::string_view bytes, Fn&& read) {
    const size_t end = end_, after = at_;
    go_deeper();
    end_ = at_;
    at_ -= bytes.size();
    read();
    at_ = after;
    end_ = end;
    --depth_;
  }

  // False when the value's wire type does not fit the field: then it is an unknown one.
  bool read_field(const Field& field, WireType wire, Message& message) {
    if (wire == wire_type(field.kind)) {
      field.kind == Kind::kMessage ? read_sub(field, message) : read_value(field, message);
      return true;
    }
    if (wire == WireType::kBytes && field.repeated()) {
      read_packed(field, message);
      return true;
    }
    return false;
  }

  void read_sub(const Field& field, Message& message) {
    void* place = member(field, message);
    Message& sub =
        field.repeated() ? field.message->list_add(place) : field.message->mutable_sub(place);
    inside(length_delimited(), [&] { read_message(sub); });
  }

  void read_value(const Field& field, Message& message) {
    with_type(field.kind, [&]<class T>(std::type_identity<T>) {
      const size_t start = at_;
      T read = value<T>();
      if constexpr (std::is_same_v<T, int32_t>) {
        if (field.kind == Kind::kEnum && !field.enum_type->find(read)) {
          keep_unknown_enum(field, message, bytes_.substr(start, at_ - start));
          return;
        }
      }
      if (field.repeated()) {
        list<T>(field, message).push_back(std::move(read));
      } else {
        set(field, message, std::move(read));
      }
    });
  }

  // An enum value from a newer or different schema is an unknown field, as in protobuf.
  static void keep_unknown_enum(const Field& field, Message& message, std::string_view value) {
    for (uint32_t tag = wire_tag(field.number, WireType::kVarint);; tag >>= 7) {
      const char more = tag >= 0x80 ? '\x80' : '\0';
      const char byte = static_cast<char>((tag & 0x7f) | static_cast<uint8_t>(more));
      keep_unknown(message, {&byte, 1});
      if (!more) break;
    }
    keep_unknown(message, value);
  }

  void read_packed(const Field& field, Message& message) {
    const std::string_view bytes = length_delimited();
    const size_t start = at_ - bytes.size();
    if (field.kind == Kind::kFloat) {
      read_floats(field, message, bytes, start);
    } else if (field.kind == Kind::kDouble) {
      append_fixed(list<double>(field, message), bytes, start);
    } else {
      inside(bytes, [&] {
        while (at_ < end_) read_value(field, message);
      });
    }
  }

  void read_floats(const Field& field, Message& message, std::string_view bytes, size_t start) {
    const bool whole = bytes.size() % sizeof(float) == 0;
    if (field.float_array && options_.owner && whole && bytes.size() >= kSmallestView &&
        list_size(field, message) == 0) {
      const auto count = static_cast<int64_t>(bytes.size() / sizeof(float));
      *static_cast<FloatArray*>(member(field, message)) =
          FloatArray(bytes.data(), count, options_.owner);
    } else {
      append_fixed(list<float>(field, message), bytes, start);
    }
  }

  template <class T>
  void append_fixed(std::vector<T>& values, std::string_view bytes, size_t start) {
    if (bytes.size() % sizeof(T) != 0) {
      fail_at(start, str("an array of ", bytes.size(), " bytes, no multiple of ", sizeof(T)));
    }
    const size_t before = values.size();
    values.resize(before + bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data() + before, bytes.data(), bytes.size());
  }

  void skip(WireType wire, int32_t number, size_t start) {
    switch (wire) {
      case WireType::kVarint:
        varint();
        return;
      case WireType::kFixed64:
        take(8);
        return;
      case WireType::kBytes:
        length_delimited();
        return;
      case WireType::kFixed32:
        take(4);
        return;
      case WireType::kGroup:
        skip_group(number, start);
        return;
      default:
        fail_at(start, "no field starts here");
    }
  }

  void skip_group(int32_t group, size_t start) {
    go_deeper();
    for (;;) {
      const size_t inner = at_;
      if (at_ == end_) truncated(start);
      const uint64_t tag = varint();
      const auto number = static_cast<int32_t>(tag >> 3);
      const auto wire = static_cast<WireType>(tag & 7);
      if (tag > std::numeric_limits<uint32_t>::max() || number == 0) {
        fail_at(inner, "no field starts here");
      }
      if (wire == WireType::kEndGroup && number == group) break;
      skip(wire, number, inner);
    }
    --depth_;
  }

  std::string_view bytes_;
  size_t at_ = 0, end_;  // end_: of the message being read
  const WireOptions& options_;
  int depth_ = 0;
};

}  // namespace

void parse_wire(std::string_view bytes, Message& message, const WireOptions& options) {
  WireReader(bytes, options).read_message(message);
  if (options.weights_only) return;
  std::vector<std::string> missing;
  find_missing(message, "", missing);
  if (!missing.empty()) {
    fail(Status::kParse, options.file, ": ", message.message_type().name,
         " lacks the required field ", missing[0]);
  }
}

}  // namespace caffe
