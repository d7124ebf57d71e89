#include "tool/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/error.hpp"
#include "tool/text_cursor.hpp"
#include "tool/utf8.hpp"

namespace caffe::tool {

namespace {

constexpr int kDeepest = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : at_(text, file) {}

  JsonValue document() {
    JsonValue root = value(0);
    at_.skip_blanks();
    if (!at_.at_end()) at_.wrong("something stands behind the value");
    return root;
  }

 private:
  JsonValue value(int depth) {
    if (depth == kDeepest) at_.wrong(str("more than ", kDeepest, " values within each other"));
    at_.skip_blanks();
    if (at_.take("null")) return {};
    if (at_.take("true")) return scalar(JsonValue::kBoolean, "true");
    if (at_.take("false")) return scalar(JsonValue::kBoolean, "false");
    if (at_.take("\"")) return scalar(JsonValue::kText, text());
    if (at_.take("[")) return list(depth);
    if (at_.take("{")) return object(depth);
    return scalar(JsonValue::kNumber, number());
  }

  static JsonValue scalar(JsonValue::Kind kind, const std::string& text) {
    JsonValue out;
    out.kind = kind;
    out.text = text;
    return out;
  }

  // Whether another item follows; the first one stands behind nothing.
  bool has_more(bool first, const char* end) {
    at_.skip_blanks();
    if (at_.take(end)) return false;
    if (!first && !at_.take(",")) at_.wrong(str("expected , or ", end));
    return true;
  }

  JsonValue list(int depth) {
    JsonValue out = scalar(JsonValue::kList, "");
    while (has_more(out.items.empty(), "]")) out.items.push_back(value(depth + 1));
    return out;
  }

  JsonValue object(int depth) {
    JsonValue out = scalar(JsonValue::kObject, "");
    while (has_more(out.members.empty(), "}")) {
      at_.skip_blanks();
      if (!at_.take("\"")) at_.wrong("expected the name of a member, in quotes");
      const std::string name = text();
      at_.skip_blanks();
      if (!at_.take(":")) at_.wrong(str("expected : behind ", quoted(name)));
      out.members.push_back({name, value(depth + 1)});
    }
    return out;
  }

  void skip_digits() {
    if (!is_digit(at_.here())) at_.wrong("expected a value");
    while (is_digit(at_.here())) at_.skip(1);
  }

  std::string number() {
    const std::string_view begin = at_.rest();
    at_.take("-");
    if (!at_.take("0")) skip_digits();
    if (at_.take(".")) skip_digits();
    if (at_.take("e") || at_.take("E")) {
      if (!at_.take("+")) at_.take("-");
      skip_digits();
    }
    return std::string(begin.substr(0, begin.size() - at_.rest().size()));
  }

  uint32_t four_hexadecimals() {
    uint32_t code = 0;
    const std::string_view digits = at_.rest().substr(0, 4);
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() != 4 || read.ec != std::errc() || read.ptr != end) {
      at_.wrong("expected four hexadecimal digits behind \\u");
    }
    at_.skip(4);
    return code;
  }

  // Behind the first quote.
  std::string text() {
    std::string out;
    for (;;) {
      const char c = at_.here();
      if (static_cast<unsigned char>(c) < ' ') at_.wrong("a text does not end on its line");
      at_.skip(1);
      if (c == '"') return out;
      if (c != '\\') {
        out.push_back(c);
        continue;
      }
      static constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
      const size_t which = kEscapes.find(at_.here());
      if (which != std::string_view::npos) {
        at_.skip(1);
        out.push_back(kMeant[which]);
      } else if (at_.take("u")) {
        uint32_t code = four_hexadecimals();
        // Two halves make one character beyond the first 65,536.
        if (code >= 0xD800 && code < 0xDC00 && at_.take("\\u")) {
          const uint32_t low = four_hexadecimals();
          code =
              low >= 0xDC00 && low < 0xE000 ? 0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00 : 0;
        }
        if (!append_utf8(code, out)) at_.wrong("\\u with what is no character");
      } else {
        at_.wrong("\\ before what it has no meaning for");
      }
    }
  }

  TextCursor at_;
};

}  // namespace

const JsonValue* JsonValue::member(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const JsonMember& each) { return each.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

JsonValue parse_json(std::string_view text, const std::string& file) {
  return Reader(text, file).document();
}

}  // namespace caffe::tool
