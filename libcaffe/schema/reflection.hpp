// Reading and writing a member of a message through its table entry.
#pragma once

#include <cstring>
#include <type_traits>

#include "schema/message.hpp"

namespace caffe::schema {

inline const void* member(const Field& field, const Message& message) {
  return field.member(const_cast<Message&>(message));
}
inline void* member(const Field& field, Message& message) {
  return field.member(message);
}

// Calls fn(std::type_identity<T>) with the C++ type that holds a value of `kind`. Enums are held as
// int32_t; a message has no such type and must not come here.
template <class Fn>
decltype(auto) with_type(Kind kind, Fn&& fn) {
  switch (kind) {
    case Kind::kUint32:
      return fn(std::type_identity<uint32_t>());
    case Kind::kInt64:
      return fn(std::type_identity<int64_t>());
    case Kind::kUint64:
      return fn(std::type_identity<uint64_t>());
    case Kind::kFloat:
      return fn(std::type_identity<float>());
    case Kind::kDouble:
      return fn(std::type_identity<double>());
    case Kind::kBool:
      return fn(std::type_identity<bool>());
    case Kind::kString:
    case Kind::kBytes:
      return fn(std::type_identity<std::string>());
    default:
      return fn(std::type_identity<int32_t>());
  }
}

// The value of a scalar that is not repeated. The copy through memcpy is for enums, whose members
// have their own C++ type.
template <class T>
T get(const Field& field, const Message& message) {
  if constexpr (std::is_same_v<T, std::string>) {
    return *static_cast<const std::string*>(member(field, message));
  } else {
    T value;
    std::memcpy(&value, member(field, message), sizeof value);
    return value;
  }
}

template <class T>
void set(const Field& field, Message& message, T value) {
  if constexpr (std::is_same_v<T, std::string>) {
    *static_cast<std::string*>(member(field, message)) = std::move(value);
  } else {
    std::memcpy(member(field, message), &value, sizeof value);
  }
  message.mark(field.mark);
}

template <class T>
const std::vector<T>& list(const Field& field, const Message& message) {
  return *static_cast<const std::vector<T>*>(member(field, message));
}

// Repeated values to append to; floats of a FloatArray become owned.
template <class T>
std::vector<T>& list(const Field& field, Message& message) {
  void* place = member(field, message);
  if constexpr (std::is_same_v<T, float>) {
    if (field.float_array) return static_cast<FloatArray*>(place)->own();
  }
  return *static_cast<std::vector<T>*>(place);
}

// The floats of a repeated float field, wherever they are.
std::span<const float> floats(const Field& field, const Message& message);

// Calls fn(value) for each value of a repeated scalar.
template <class T, class Fn>
void for_each(const Field& field, const Message& message, Fn&& fn) {
  if constexpr (std::is_same_v<T, float>) {
    for (float value : floats(field, message)) fn(value);
  } else {
    for (const T& value : list<T>(field, message)) fn(value);
  }
}

// The number of values of a repeated field.
size_t list_size(const Field& field, const Message& message);

// Whether the field would be written: present, marked, different from its default, or not empty.
bool has(const Field& field, const Message& message);

// Back to the default and absent.
void clear(const Field& field, Message& message);

// The name of an enum field's value: "LMDB"; its number when it has none.
std::string enum_name(const Message& message, const char* field);

// Copies a field's value to a field of the same kind, perhaps of another message: a single value to
// a repeated field is appended. Does nothing when there is no value.
void copy(const Field& from_field, const Message& from, const Field& to_field, Message& to);

// Same type, same fields present, same values (NaN equals NaN); unknown fields count too.
bool equal(const Message& a, const Message& b);

// Appends the paths ("layer[0].clip_param.max") of required fields that are absent.
void find_missing(const Message& message, const std::string& path, std::vector<std::string>& out);

}  // namespace caffe::schema
