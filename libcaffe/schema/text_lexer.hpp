// Cuts prototxt into tokens, and knows where each stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace caffe::schema {

struct Token {
  enum Type { kEnd, kIdentifier, kInteger, kFloat, kString, kSymbol };
  Type type = kEnd;
  std::string_view text;  // a string with its quotes, as it is written
  int32_t line = 1, column = 1;

  bool is(char symbol) const { return type == kSymbol && text[0] == symbol; }
};

class TextLexer {
 public:
  // Stands before the first token until next() is called.
  TextLexer(std::string_view text, std::string_view file);

  const Token& token() const { return token_; }
  void next();

  // "file:line:column: " of a token.
  std::string place(const Token& token) const;
  [[noreturn]] void fail_at(const Token& token, const std::string& message) const;

  // The token for an error message.
  static std::string shown(const Token& token);

  // The value of a token of type kString.
  std::string string_value() const;
  // The value of a token of type kInteger, 0x and octal too; fails when it is more than `max`.
  uint64_t integer_value(uint64_t max) const;
  // The value of a kFloat or decimal kInteger token.
  double float_value() const;

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void advance();
  void skip_blank();
  void read_number();
  void read_string();

  std::string_view text_, file_;
  size_t at_ = 0;
  int32_t line_ = 1, column_ = 1;
  Token token_;
};

}  // namespace caffe::schema
