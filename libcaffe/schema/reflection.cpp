#include "schema/reflection.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/made_once.hpp"

namespace caffe {

const UnknownFields& UnknownFields::defaults() {
  static MadeOnce<UnknownFields> none;
  return none.get([] { return UnknownFields(); });
}

namespace schema {

const EnumValue* EnumType::find(std::string_view value_name) const {
  for (const EnumValue& value : values) {
    if (value_name == value.name) return &value;
  }
  return nullptr;
}

const EnumValue* EnumType::find(int32_t number) const {
  for (const EnumValue& value : values) {
    if (number == value.number) return &value;
  }
  return nullptr;
}

const Field* MessageType::find(std::string_view field_name) const {
  for (const Field& field : fields) {
    if (field_name == field.name) return &field;
  }
  return nullptr;
}

const Field* MessageType::find(int32_t number) const {
  const auto at = std::lower_bound(fields.begin(), fields.end(), number,
                                   [](const Field& f, int32_t n) { return f.number < n; });
  return at != fields.end() && at->number == number ? &*at : nullptr;
}

const MessageType* find_message_type(std::string_view name) {
  for (const MessageType* type : message_types()) {
    if (name == type->name) return type;
  }
  return nullptr;
}

std::span<const float> floats(const Field& field, const Message& message) {
  const void* place = member(field, message);
  if (field.float_array) {
    const auto& values = *static_cast<const FloatArray*>(place);
    return {values.data(), values.size()};
  }
  return *static_cast<const std::vector<float>*>(place);
}

size_t list_size(const Field& field, const Message& message) {
  if (field.kind == Kind::kMessage) return field.message->list_size(member(field, message));
  if (field.kind == Kind::kFloat) return floats(field, message).size();
  return with_type(field.kind,
                   [&]<class T>(std::type_identity<T>) { return list<T>(field, message).size(); });
}

namespace {

// NaN is the same value as NaN: messages are compared to see whether anything changed.
template <class T>
bool same(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a == b ? std::signbit(a) == std::signbit(b) : a != a && b != b;
  } else {
    return a == b;
  }
}

bool same_list(const Field& field, const Message& a, const Message& b) {
  if (field.kind == Kind::kMessage) {
    const size_t n = list_size(field, a);
    if (n != list_size(field, b)) return false;
    for (size_t i = 0; i < n; ++i) {
      if (!equal(field.message->list_at(member(field, a), i),
                 field.message->list_at(member(field, b), i))) {
        return false;
      }
    }
    return true;
  }
  if (field.kind == Kind::kFloat) {
    return std::ranges::equal(floats(field, a), floats(field, b), same<float>);
  }
  return with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    return std::ranges::equal(list<T>(field, a), list<T>(field, b), same<T>);
  });
}

bool same_value(const Field& field, const Message& a, const Message& b) {
  return with_type(field.kind, [&]<class T>(std::type_identity<T>) {
    return same<T>(get<T>(field, a), get<T>(field, b));
  });
}

}  // namespace

bool has(const Field& field, const Message& message) {
  if (field.repeated()) return list_size(field, message) != 0;
  if (field.kind == Kind::kMessage) return field.message->sub(member(field, message)) != nullptr;
  return message.marked(field.mark) ||
         !same_value(field, message, message.message_type().defaults());
}

std::string enum_name(const Message& message, const char* field) {
  const Field& found = *message.message_type().find(field);
  const auto number = get<int32_t>(found, message);
  const EnumValue* value = found.enum_type->find(number);
  return value != nullptr ? value->name : std::to_string(number);
}

void clear(const Field& field, Message& message) {
  void* place = member(field, message);
  if (field.kind == Kind::kMessage) {
    field.repeated() ? field.message->list_clear(place) : field.message->clear_sub(place);
  } else if (field.float_array) {
    static_cast<FloatArray*>(place)->clear();
  } else {
    with_type(field.kind, [&]<class T>(std::type_identity<T>) {
      if (field.repeated()) {
        list<T>(field, message).clear();
      } else {
        set(field, message, get<T>(field, message.message_type().defaults()));
        message.unmark(field.mark);
      }
    });
  }
}

void copy(const Field& from_field, const Message& from, const Field& to_field, Message& to) {
  if (from_field.kind != to_field.kind || (from_field.repeated() && !to_field.repeated())) {
    fail(Status::kInternal, from.message_type().name, ".", from_field.name, " is no ",
         to.message_type().name, ".", to_field.name);
  }
  if (!has(from_field, from)) return;
  const void* source = member(from_field, from);
  if (from_field.kind == Kind::kMessage) {
    const auto copy_member =
        from_field.repeated() ? from_field.message->copy_list : from_field.message->copy_sub;
    copy_member(member(to_field, to), source);
  } else if (from_field.float_array && to_field.float_array) {
    *static_cast<FloatArray*>(member(to_field, to)) = *static_cast<const FloatArray*>(source);
  } else {
    with_type(from_field.kind, [&]<class T>(std::type_identity<T>) {
      if (from_field.repeated()) {
        for_each<T>(from_field, from, [&](const T& v) { list<T>(to_field, to).push_back(v); });
      } else if (to_field.repeated()) {
        list<T>(to_field, to).push_back(get<T>(from_field, from));
      } else {
        set(to_field, to, get<T>(from_field, from));
      }
    });
  }
}

bool equal(const Message& a, const Message& b) {
  if (&a.message_type() != &b.message_type()) return false;
  if (a.unknown_fields->bytes != b.unknown_fields->bytes) return false;
  for (const Field& field : a.message_type().fields) {
    if (field.repeated()) {
      if (!same_list(field, a, b)) return false;
      continue;
    }
    if (has(field, a) != has(field, b)) return false;
    if (!has(field, a)) continue;
    if (field.kind == Kind::kMessage) {
      if (!equal(*field.message->sub(member(field, a)), *field.message->sub(member(field, b)))) {
        return false;
      }
    } else if (!same_value(field, a, b)) {
      return false;
    }
  }
  return true;
}

void find_missing(const Message& message, const std::string& path, std::vector<std::string>& out) {
  for (const Field& field : message.message_type().fields) {
    if (field.label == Label::kRequired && !has(field, message)) out.push_back(path + field.name);
    if (field.kind != Kind::kMessage) continue;
    const void* place = member(field, message);
    if (!field.repeated()) {
      const Message* sub = field.message->sub(place);
      if (sub) find_missing(*sub, str(path, field.name, "."), out);
      continue;
    }
    for (size_t i = 0; i < field.message->list_size(place); ++i) {
      find_missing(field.message->list_at(place, i), str(path, field.name, "[", i, "]."), out);
    }
  }
}

}  // namespace schema
}  // namespace caffe
