// The wire writer. A message's length stands before it, so every message is measured, then written;
// measuring costs little, because arrays of floats are not looked at.
#include <cstring>

#include "schema/reflection.hpp"
#include "schema/wire.hpp"
#include "schema/wire_format.hpp"

namespace caffe {
namespace {

using namespace schema;

constexpr size_t kBufferSize = 1 << 16;

int64_t varint_size(uint64_t value) {
  return (std::bit_width(value | 1) + 6) / 7;
}

// Negative int32 and enum values take ten bytes, as protobuf has it.
template <class T>
uint64_t varint_of(T value) {
  if constexpr (std::is_signed_v<T>)
    return static_cast<uint64_t>(static_cast<int64_t>(value));
  else
    return value;
}

int64_t value_size(const std::string& value) {
  const auto n = static_cast<int64_t>(value.size());
  return varint_size(value.size()) + n;
}
int64_t value_size(float) {
  return sizeof(float);
}
int64_t value_size(double) {
  return sizeof(double);
}
template <class T>
int64_t value_size(T value) {
  return varint_size(varint_of(value));
}

int64_t tag_size(const Field& field) {
  return varint_size(uint64_t(field.number) << 3);
}

// The bytes of all values of a repeated scalar, without tags.
int64_t list_bytes(const Field& field, const Message& message) {
  const auto n = static_cast<int64_t>(list_size(field, message));
  if (field.kind == Kind::kFloat) return n * value_size(0.0f);
  if (field.kind == Kind::kDouble) return n * value_size(0.0);
  int64_t bytes = 0;
  with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    for_each<T>(field, message, [&](const T& value) { bytes += value_size(value); });
  });
  return bytes;
}

int64_t sub_size(const Message& sub) {
  const int64_t n = wire_size(sub);
  return varint_size(static_cast<uint64_t>(n)) + n;
}

int64_t field_size(const Field& field, const Message& message) {
  if (!has(field, message)) return 0;
  const int64_t tag = tag_size(field);
  const void* place = member(field, message);
  if (field.kind == Kind::kMessage) {
    if (!field.repeated()) return tag + sub_size(*field.message->sub(place));
    int64_t bytes = 0;
    for (size_t i = 0; i < field.message->list_size(place); ++i) {
      bytes += tag + sub_size(field.message->list_at(place, i));
    }
    return bytes;
  }
  if (field.repeated()) {
    const int64_t bytes = list_bytes(field, message);
    return field.packed ? tag + varint_size(static_cast<uint64_t>(bytes)) + bytes
                        : tag * static_cast<int64_t>(list_size(field, message)) + bytes;
  }
  return with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    return tag + value_size(get<T>(field, message));
  });
}

class WireWriter {
 public:
  explicit WireWriter(const std::function<void(std::string_view)>& sink) : sink_(sink) {
    buffer_.reserve(kBufferSize);
  }

  void write(const Message& message) {
    for (const Field& field : message.message_type().fields) {
      if (has(field, message)) write_field(field, message);
    }
    bytes(message.unknown_fields->bytes);
  }

  void flush() {
    if (!buffer_.empty()) sink_(buffer_);
    buffer_.clear();
  }

 private:
  void bytes(std::string_view piece) {
    if (buffer_.size() + piece.size() > kBufferSize) flush();
    if (piece.size() > kBufferSize) {
      sink_(piece);
    } else {
      buffer_.append(piece);
    }
  }

  void varint(uint64_t value) {
    char out[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) out[n++] = static_cast<char>(value | 0x80);
    out[n++] = static_cast<char>(value);
    bytes({out, n});
  }

  template <class T>
  void value(const T& v) {
    if constexpr (std::is_same_v<T, std::string>) {
      varint(v.size());
      bytes(v);
    } else if constexpr (std::is_floating_point_v<T>) {
      bytes({reinterpret_cast<const char*>(&v), sizeof v});
    } else {
      varint(varint_of(v));
    }
  }

  void sub(const Field& field, const Message& message) {
    varint(wire_tag(field.number, WireType::kBytes));
    varint(static_cast<uint64_t>(wire_size(message)));
    write(message);
  }

  void write_field(const Field& field, const Message& message) {
    const void* place = member(field, message);
    if (field.kind == Kind::kMessage) {
      if (!field.repeated()) return sub(field, *field.message->sub(place));
      for (size_t i = 0; i < field.message->list_size(place); ++i) {
        sub(field, field.message->list_at(place, i));
      }
      return;
    }
    const uint32_t tag = wire_tag(field.number, wire_type(field.kind));
    if (field.packed) {
      varint(wire_tag(field.number, WireType::kBytes));
      varint(static_cast<uint64_t>(list_bytes(field, message)));
      if (field.kind == Kind::kFloat) {
        const std::span<const float> values = floats(field, message);
        bytes({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
        return;
      }
    }
    with_type(field.kind, [&]<class T>(std::type_identity<T>) {
      const auto one = [&](const T& v) {
        if (!field.packed) varint(tag);
        value(v);
      };
      field.repeated() ? for_each<T>(field, message, one) : one(get<T>(field, message));
    });
  }

  const std::function<void(std::string_view)>& sink_;
  std::string buffer_;
};

}  // namespace

int64_t wire_size(const Message& message) {
  auto bytes = static_cast<int64_t>(message.unknown_fields->bytes.size());
  for (const Field& field : message.message_type().fields) bytes += field_size(field, message);
  return bytes;
}

void write_wire(const Message& message, const std::function<void(std::string_view)>& sink) {
  WireWriter writer(sink);
  writer.write(message);
  writer.flush();
}

std::string wire_bytes(const Message& message) {
  std::string out;
  out.reserve(static_cast<size_t>(wire_size(message)));
  write_wire(message, [&](std::string_view piece) { out.append(piece); });
  return out;
}

}  // namespace caffe
