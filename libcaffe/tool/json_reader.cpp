#include "tool/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/error.hpp"
#include "tool/utf8.hpp"

namespace caffe::tool {

namespace {

constexpr int kDeepest = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  JsonValue document() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    JsonValue root = value(0);
    skip_blanks();
    if (at_ != text_.size()) wrong("something stands behind the value");
    return root;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
    fail(Status::kParse, file_, ":", 1 + std::count(text_.begin(), end, '\n'), ": ", what);
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // '\0' at the end.
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  JsonValue value(int depth) {
    if (depth == kDeepest) wrong(str("more than ", kDeepest, " values within each other"));
    skip_blanks();
    if (take("null")) return {};
    if (take("true")) return scalar(JsonValue::kBoolean, "true");
    if (take("false")) return scalar(JsonValue::kBoolean, "false");
    if (take("\"")) return scalar(JsonValue::kText, text());
    if (take("[")) return list(depth);
    if (take("{")) return object(depth);
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
    skip_blanks();
    if (take(end)) return false;
    if (!first && !take(",")) wrong(str("expected , or ", end));
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
      skip_blanks();
      if (!take("\"")) wrong("expected the name of a member, in quotes");
      const std::string name = text();
      skip_blanks();
      if (!take(":")) wrong(str("expected : behind ", quoted(name)));
      out.members.emplace_back(name, value(depth + 1));
    }
    return out;
  }

  void skip_digits() {
    if (!is_digit(here())) wrong("expected a value");
    while (is_digit(here())) ++at_;
  }

  std::string number() {
    const size_t begin = at_;
    take("-");
    if (!take("0")) skip_digits();
    if (take(".")) skip_digits();
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      skip_digits();
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  uint32_t four_hexadecimals() {
    uint32_t code = 0;
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() != 4 || read.ec != std::errc() || read.ptr != end) {
      wrong("expected four hexadecimal digits behind \\u");
    }
    at_ += 4;
    return code;
  }

  // Behind the first quote.
  std::string text() {
    std::string out;
    for (;;) {
      const char c = here();
      if (static_cast<unsigned char>(c) < ' ') wrong("a text does not end on its line");
      ++at_;
      if (c == '"') return out;
      if (c != '\\') {
        out.push_back(c);
        continue;
      }
      static constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
      const size_t which = kEscapes.find(here());
      if (which != std::string_view::npos) {
        ++at_;
        out.push_back(kMeant[which]);
      } else if (take("u")) {
        uint32_t code = four_hexadecimals();
        // Two halves make one character beyond the first 65,536.
        if (code >= 0xD800 && code < 0xDC00 && take("\\u")) {
          const uint32_t low = four_hexadecimals();
          code =
              low >= 0xDC00 && low < 0xE000 ? 0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00 : 0;
        }
        if (!append_utf8(code, out)) wrong("\\u with what is no character");
      } else {
        wrong("\\ before what it has no meaning for");
      }
    }
  }

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
};

}  // namespace

const JsonValue* JsonValue::member(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

JsonValue parse_json(std::string_view text, const std::string& file) {
  return Reader(text, file).document();
}

}  // namespace caffe::tool
