// The text writer. Its output is protobuf's byte for byte: people compare logs and upgraded files
// with the original's.
#include <charconv>
#include <cmath>

#include "schema/reflection.hpp"
#include "schema/text.hpp"

namespace caffe {
namespace {

using namespace schema;

// printf's %g with `digits`, in no locale.
template <class T>
std::string_view print_digits(T value, int digits, char (&buffer)[40]) {
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits);
  return {buffer, static_cast<size_t>(end.ptr - buffer)};
}

// With `shortest` digits when they read back as the same value, else with `exact`, which always do.
template <class T>
std::string print_number(T value, int shortest, int exact) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const std::string_view text = print_digits(value, shortest, buffer);
  T back = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), back);
  if (result.ec == std::errc() && back == value) return std::string(text);
  return std::string(print_digits(value, exact, buffer));
}

// In quotes, everything but printable ASCII escaped.
std::string print_string(const std::string& text) {
  static constexpr std::string_view kPlain = "\n\r\t\"'\\", kNames = "nrt\"'\\";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t at = kPlain.find(c); at != kPlain.npos) {
      out += '\\';
      out += kNames[at];
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += '\\';
      for (int shift = 6; shift >= 0; shift -= 3) {
        out += static_cast<char>('0' + (byte >> shift & 7));
      }
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class T>
std::string print_value(const Field& field, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return print_string(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, float>) {
    return print_float(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return print_number(value, 15, 17);
  } else {
    const EnumValue* name = nullptr;
    if constexpr (std::is_same_v<T, int32_t>) {
      if (field.kind == Kind::kEnum) name = field.enum_type->find(value);
    }
    return name ? name->name : std::to_string(value);
  }
}

void print(const Message& message, const std::string& indent, std::string& out) {
  const auto print_sub = [&](const Field& field, const Message& sub) {
    out += indent + field.name + " {\n";
    print(sub, indent + "  ", out);
    out += indent + "}\n";
  };
  for (const Field& field : message.message_type().fields) {
    const void* place = member(field, message);
    if (field.kind == Kind::kMessage) {
      if (!field.repeated()) {
        if (const Message* sub = field.message->sub(place)) print_sub(field, *sub);
        continue;
      }
      for (size_t i = 0; i < field.message->list_size(place); ++i) {
        print_sub(field, field.message->list_at(place, i));
      }
      continue;
    }
    with_type(field.kind, [&]<class T>(std::type_identity<T>) {
      const auto print_line = [&](const T& value) {
        out += indent + field.name + ": " + print_value(field, value) + "\n";
      };
      if (field.repeated()) {
        for_each<T>(field, message, print_line);
      } else if (has(field, message)) {
        print_line(get<T>(field, message));
      }
    });
  }
}

}  // namespace

std::string print_float(float value) {
  return print_number(value, 6, 9);
}

std::string print_text(const Message& message) {
  std::string out;
  print(message, "", out);
  return out;
}

}  // namespace caffe
