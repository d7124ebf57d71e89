// Text put together from values: str("shape ", shape, " of ", count). What streams would print, but
// the values go to one function that is compiled once instead of for every message.
#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>

namespace caffe {

// A value on its way into a text: a copy of a number, a view of text, or the address of anything
// else that has an operator<<. What it views has to outlive it.
class Part {
 public:
  Part(const char* text) : Part(std::string_view(text)) {}
  Part(const std::string& text) : Part(std::string_view(text)) {}
  Part(std::string_view text) : kind_(Kind::kText), text_(text) {}
  Part(char letter) : kind_(Kind::kLetter), letter_(letter) {}
  Part(signed char letter) : Part(static_cast<char>(letter)) {}
  Part(unsigned char letter) : Part(static_cast<char>(letter)) {}
  template <class T>
    requires std::is_integral_v<T>
  Part(T number)
      : kind_(std::is_signed_v<T> ? Kind::kSigned : Kind::kUnsigned),
        signed_(static_cast<int64_t>(number)) {}
  Part(float number) : Part(static_cast<double>(number)) {}
  Part(double number) : kind_(Kind::kReal), real_(number) {}
  template <class T>
    requires(!std::is_arithmetic_v<T> && !std::convertible_to<const T&, std::string_view>)
  Part(const T& value) : kind_(Kind::kOther), other_{&value, &print_other<T>} {}

  // As `out << value` would.
  void print(std::ostream& out) const;

 private:
  enum class Kind { kText, kLetter, kSigned, kUnsigned, kReal, kOther };
  struct Other {
    const void* value;
    void (*print)(std::ostream& out, const void* value);
  };

  template <class T>
  static void print_other(std::ostream& out, const void* value) {
    out << *static_cast<const T*>(value);
  }

  Kind kind_;
  union {
    std::string_view text_;
    char letter_;
    int64_t signed_;  // of unsigned numbers the same bits
    double real_;
    Other other_;
  };
};

std::string joined_parts(const Part* parts, size_t count);

// Its arguments one after the other, as a stream would print them.
template <class... Parts>
std::string str(const Parts&... values) {
  const Part parts[] = {Part(values)...};
  return joined_parts(parts, sizeof...(values));
}

}  // namespace caffe
