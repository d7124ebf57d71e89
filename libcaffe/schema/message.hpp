// What every struct made from proto/caffe.proto has in common, and the tables that describe them.
//
// The structs (messages.hpp, written at build time) have plain members. The tables say for each
// member its name, number and kind and how to reach it; the text and wire readers and writers are
// loops over them and know no message by name.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/float_array.hpp"

namespace caffe {

namespace schema {
struct MessageType;
}

// A heap value that is copied with its holder, absent until first written.
template <class T>
class Sub {
 public:
  Sub() = default;
  Sub(Sub&&) noexcept = default;
  Sub(const Sub& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Sub& operator=(Sub&&) noexcept = default;
  Sub& operator=(const Sub& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Sub& operator=(const T& value) {
    value_ = std::make_unique<T>(value);
    return *this;
  }

  bool present() const { return value_ != nullptr; }

  // Reading an absent one shows the defaults.
  const T& operator*() const { return value_ ? *value_ : T::defaults(); }
  const T* operator->() const { return &**this; }

  // Writing makes it present.
  T& mut() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  void clear() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

// Fields of a message that the schema does not know, as they stood in the file.
struct UnknownFields {
  std::string bytes;
  static const UnknownFields& defaults();
};

struct Message {
  virtual const schema::MessageType& message_type() const = 0;

  // The line of the text this message began at; 0 when it did not come from text.
  int32_t source_line = 0;
  Sub<UnknownFields> unknown_fields;

  // Presence of optional scalars beyond "differs from its default"; a bit each.
  bool marked(int bit) const { return (marks_ >> bit & 1) != 0; }
  void mark(int bit) { marks_ |= uint64_t{1} << bit; }
  void unmark(int bit) { marks_ &= ~(uint64_t{1} << bit); }

 protected:
  Message() = default;
  Message(const Message&) = default;
  Message(Message&&) noexcept = default;
  Message& operator=(const Message&) = default;
  Message& operator=(Message&&) noexcept = default;
  ~Message() = default;

 private:
  uint64_t marks_ = 0;
};

namespace schema {

enum class Kind : uint8_t {
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kFloat,
  kDouble,
  kBool,
  kEnum,
  kString,
  kBytes,
  kMessage
};

enum class Label : uint8_t { kOptional, kRequired, kRepeated };

struct EnumValue {
  const char* name;
  int32_t number;
};

struct EnumType {
  const char* name;
  std::span<const EnumValue> values;

  const EnumValue* find(std::string_view value_name) const;
  const EnumValue* find(int32_t number) const;
};

// How to work with a Sub<T> or std::vector<T> member of a message type T not known here.
struct MessageOps {
  const MessageType& (*type)();
  const Message* (*sub)(const void* member);  // null when absent
  Message& (*mutable_sub)(void* member);
  void (*copy_sub)(void* member, const void* from);
  void (*clear_sub)(void* member);
  size_t (*list_size)(const void* member);
  const Message& (*list_at)(const void* member, size_t index);
  Message& (*list_add)(void* member);
  void (*copy_list)(void* member, const void* from);
  void (*list_clear)(void* member);
};

struct Field {
  const char* name;
  int32_t number;
  Kind kind;
  Label label;
  bool packed;
  bool float_array;  // the member is a FloatArray, else repeated floats are a std::vector
  int8_t mark;       // the presence bit of an optional or required scalar, -1 for all else
  const EnumType* enum_type;
  const MessageOps* message;
  void* (*member)(Message&);  // never writes, so that it serves const messages too

  bool repeated() const { return label == Label::kRepeated; }
};

struct MessageType {
  const char* name;
  std::span<const Field> fields;  // by number
  const Message& (*defaults)();
  std::unique_ptr<Message, void (*)(Message*)> (*create)();

  const Field* find(std::string_view field_name) const;
  const Field* find(int32_t number) const;
};

// The type of that name, or null.
const MessageType* find_message_type(std::string_view name);

// Every message type, in the order of the schema.
std::span<const MessageType* const> message_types();

}  // namespace schema
}  // namespace caffe
