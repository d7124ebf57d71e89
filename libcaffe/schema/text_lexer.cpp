#include "schema/text_lexer.hpp"

#include <charconv>
#include <limits>

#include "core/error.hpp"

namespace caffe::schema {
namespace {

// Like their namesakes of <cctype>, but blind to the locale.
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_octal(char c) {
  return c >= '0' && c <= '7';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

void append_utf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

TextLexer::TextLexer(std::string_view text, std::string_view file) : text_(text), file_(file) {
  if (text.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark, which some editors write
}

std::string TextLexer::place(const Token& token) const {
  return str(file_, ":", token.line, ":", token.column, ": ");
}

void TextLexer::fail_at(const Token& token, const std::string& message) const {
  fail(Status::kParse, place(token), message);
}

std::string TextLexer::shown(const Token& token) {
  if (token.type == Token::kEnd) return "the end of the text";
  if (token.type == Token::kString) return std::string(token.text.substr(0, 60));
  return quoted(token.text.substr(0, 60));
}

void TextLexer::advance() {
  const char c = text_[at_++];
  if (c == '\n') {
    ++line_;
    column_ = 1;
  } else if ((c & 0xc0) != 0x80) {  // later bytes of a UTF-8 character stand in one column
    ++column_;
  }
}

void TextLexer::skip_blank() {
  while (at_ < text_.size()) {
    const char c = peek();
    if (c == '#') {
      while (at_ < text_.size() && peek() != '\n') advance();
    } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
      advance();
    } else {
      return;
    }
  }
}

void TextLexer::next() {
  skip_blank();
  token_.line = line_;
  token_.column = column_;
  const size_t start = at_;
  if (at_ == text_.size()) {
    token_.type = Token::kEnd;
  } else if (is_letter(peek())) {
    token_.type = Token::kIdentifier;
    while (is_letter(peek()) || is_digit(peek())) advance();
  } else if (is_digit(peek()) || (peek() == '.' && is_digit(peek(1)))) {
    read_number();
  } else if (peek() == '"' || peek() == '\'') {
    read_string();
  } else {
    const auto c = static_cast<unsigned char>(peek());
    if (c < 0x20 || c >= 0x7f) {
      fail_at(token_, str("a byte that does not belong into text outside of quotes: ",
                          static_cast<int>(c), c < 0x20 ? " (is this a binary file?)" : ""));
    }
    token_.type = Token::kSymbol;
    advance();
  }
  token_.text = text_.substr(start, at_ - start);
}

// The rules are protobuf's: "1f" is a float, "08" an error, "5abc" two tokens.
void TextLexer::read_number() {
  token_.type = Token::kInteger;
  const auto digits = [&](bool (*is)(char)) {
    while (is(peek())) advance();
  };
  if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
    advance();
    advance();
    if (!is_hex(peek())) fail_at(token_, "0x without a hexadecimal digit behind it");
    digits(is_hex);
    return;
  }
  if (peek() == '0' && is_digit(peek(1))) {
    digits(is_octal);
    if (is_digit(peek())) fail_at(token_, "a number that starts with 0 has octal digits only");
    return;
  }
  digits(is_digit);
  if (peek() == '.') {
    token_.type = Token::kFloat;
    advance();
    digits(is_digit);
  }
  if (peek() == 'e' || peek() == 'E') {
    token_.type = Token::kFloat;
    advance();
    if (peek() == '+' || peek() == '-') advance();
    if (!is_digit(peek())) fail_at(token_, "an exponent without digits");
    digits(is_digit);
  }
  if (peek() == 'f' || peek() == 'F') {
    token_.type = Token::kFloat;
    advance();
  }
  if (peek() == '.') fail_at(token_, "a number with two points");
}

void TextLexer::read_string() {
  token_.type = Token::kString;
  const char quote = peek();
  advance();
  while (peek() != quote || at_ == text_.size()) {
    if (at_ < text_.size() && peek() == '\\') advance();
    if (at_ >= text_.size() || peek() == '\n') {
      fail_at(token_, "a string without its closing quote; a string may not cross lines");
    }
    advance();
  }
  advance();
}

std::string TextLexer::string_value() const {
  const std::string_view s = token_.text.substr(1, token_.text.size() - 2);
  std::string out;
  out.reserve(s.size());
  size_t i = 0;
  // The number behind an escape: at least `least` and at most `most` digits.
  const auto number = [&](bool (*is)(char), int base, size_t least, size_t most) {
    size_t end = i;
    while (end < s.size() && end - i < most && is(s[end])) ++end;
    if (end - i < least) fail_at(token_, "an escape in the string lacks digits");
    uint32_t value = 0;
    std::from_chars(s.data() + i, s.data() + end, value, base);
    i = end;
    return value;
  };
  while (i < s.size()) {
    const char c = s[i++];
    if (c != '\\') {
      out += c;
      continue;
    }
    const char escape = s[i++];  // a string never ends in a single backslash
    static constexpr std::string_view kNames = "abfnrtv\\?'\"", kValues = "\a\b\f\n\r\t\v\\?'\"";
    if (const size_t at = kNames.find(escape); at != kNames.npos) {
      out += kValues[at];
    } else if (is_octal(escape)) {
      --i;
      out += static_cast<char>(number(is_octal, 8, 1, 3));
    } else if (escape == 'x' || escape == 'X') {
      out += static_cast<char>(number(is_hex, 16, 1, 2));
    } else if (escape == 'u' || escape == 'U') {
      uint32_t code = escape == 'u' ? number(is_hex, 16, 4, 4) : number(is_hex, 16, 8, 8);
      if (code >= 0xd800 && code < 0xdc00 && s.substr(i, 2) == "\\u") {
        i += 2;
        const uint32_t low = number(is_hex, 16, 4, 4);
        const bool pair = low >= 0xdc00 && low < 0xe000;
        code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : code;
      }
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        fail_at(token_, "an escape in the string names no Unicode character");
      }
      append_utf8(code, out);
    } else {
      fail_at(token_, str("unknown escape \\", escape, " in the string"));
    }
  }
  return out;
}

uint64_t TextLexer::integer_value(uint64_t max) const {
  std::string_view s = token_.text;
  int base = 10;
  if (s.size() > 1 && s[0] == '0') {
    base = s[1] == 'x' || s[1] == 'X' ? 16 : 8;
    s.remove_prefix(base == 16 ? 2 : 1);
  }
  uint64_t value = 0;
  const auto result = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (result.ec != std::errc() || value > max) {
    fail_at(token_, str("the number ", token_.text.substr(0, 60), " is out of range"));
  }
  return value;
}

double TextLexer::float_value() const {
  std::string_view s = token_.text;
  if (s.back() == 'f' || s.back() == 'F') s.remove_suffix(1);
  // long double has room for what overflows or vanishes in double, and beyond that the sign of the
  // exponent tells.
  long double value = 0;
  const auto result = std::from_chars(s.data(), s.data() + s.size(), value);
  if (result.ec != std::errc()) {
    const size_t exponent = s.find_first_of("eE");
    const bool tiny = exponent != s.npos && s[exponent + 1] == '-';
    return tiny ? 0 : std::numeric_limits<double>::infinity();
  }
  double rounded = 0;
  return std::from_chars(s.data(), s.data() + s.size(), rounded).ec == std::errc()
             ? rounded
             : static_cast<double>(value);
}

}  // namespace caffe::schema
