// The text reader: a recursive descent over the tables. What it accepts and refuses is what
// protobuf's C++ TextFormat::Parser does, but for the wording.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "schema/foreign_fields.hpp"
#include "schema/fork_types.hpp"
#include "schema/reflection.hpp"
#include "schema/text.hpp"
#include "schema/text_lexer.hpp"

namespace caffe {
namespace {

using namespace schema;

constexpr int kMaxDepth = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

class TextReader {
 public:
  TextReader(std::string_view text, const TextOptions& options)
      : lexer_(text, options.file), options_(options) {
    lexer_.next();
  }

  void read(Message& message) {
    const Token start = token();
    root_ = &message.message_type();
    read_fields(message, '\0');
    check_required(message, start);
  }

 private:
  const Token& token() const { return lexer_.token(); }

  bool take(char symbol) {
    if (!token().is(symbol)) return false;
    lexer_.next();
    return true;
  }

  void expect(char symbol) {
    if (!take(symbol)) expected(quoted(std::string(1, symbol)));
  }

  // The bracket that closes `open`.
  void expect_close(char symbol, const Token& open) {
    if (!take(symbol)) expected(quoted(std::string(1, symbol)), unclosed(open));
  }

  static std::string unclosed(const Token& open) {
    return str("; the ", quoted(open.text), " of line ", open.line, ", column ", open.column,
               ", is not closed");
  }

  [[noreturn]] void expected(const std::string& what, const std::string& hint = "") const {
    lexer_.fail_at(token(), str("expected ", what, ", got ", TextLexer::shown(token()), hint));
  }

  // Fields up to `close`, or to the end of the text when that is 0.
  void read_fields(Message& message, char close) {
    message.source_line = token().line;
    while (!(close ? token().is(close) : token().type == Token::kEnd)) {
      if (token().type == Token::kEnd) {
        expected(str("a field of ", message.message_type().name, " or \"", close, "\""),
                 unclosed(open_.back().bracket));
      }
      if (!close && (token().is('}') || token().is('>'))) {
        expected(str("a field of ", message.message_type().name), ", which closes nothing");
      }
      read_field(message);
      if (!take(';')) take(',');
    }
    if (close) lexer_.next();
  }

  void read_field(Message& message) {
    const MessageType& type = message.message_type();
    if (token().type != Token::kIdentifier && !(options_.lenient && token().is('['))) {
      expected(str("a field of ", type.name));
    }
    const Token name = token();
    const Field* field = type.find(name.text);
    if (!field) {
      unknown_field(type, name);
      skip_field();
      return;
    }
    lexer_.next();
    if (!field->repeated() && has(*field, message)) {
      lexer_.fail_at(name, str(type.name, ": the field ", quoted(name.text),
                               " is not repeated but given twice"));
    }
    const bool colon = take(':');
    if (!colon && field->kind != Kind::kMessage) expected(str("\":\" behind ", quoted(name.text)));
    const Token bracket = token();
    if (!field->repeated() || !take('[')) {
      read_value(*field, message);
      return;
    }
    if (take(']')) return;
    do {
      read_value(*field, message);
    } while (take(','));
    expect_close(']', bracket);
  }

  void read_value(const Field& field, Message& message) {
    if (field.kind == Kind::kMessage) {
      read_message(field, message);
    } else if (field.kind == Kind::kEnum) {
      read_enum(field, message);
    } else {
      with_type(field.kind,
                [&]<class T>(std::type_identity<T>) { store(field, message, scalar<T>()); });
    }
  }

  template <class T>
  static void store(const Field& field, Message& message, T value) {
    if (field.repeated()) {
      list<T>(field, message).push_back(std::move(value));
    } else {
      set(field, message, std::move(value));
    }
  }

  void read_message(const Field& field, Message& message) {
    const Token start = token();
    const char close = token().is('<') ? '>' : '}';
    if (!take('<')) expect('{');
    if (++depth_ > kMaxDepth) {
      lexer_.fail_at(start, str("messages are nested more than ", kMaxDepth, " deep"));
    }
    void* place = member(field, message);
    Message& sub =
        field.repeated() ? field.message->list_add(place) : field.message->mutable_sub(place);
    open_.push_back({&sub.message_type(), start});
    read_fields(sub, close);
    open_.pop_back();
    sub.source_line = start.line;
    check_required(sub, start);
    --depth_;
  }

  void read_enum(const Field& field, Message& message) {
    const Token start = token();
    const EnumValue* value = nullptr;
    std::string shown(start.text);
    if (start.type == Token::kIdentifier) {
      value = field.enum_type->find(start.text);
      lexer_.next();
    } else {
      if (!start.is('-') && start.type != Token::kInteger) {
        expected(str("a value of ", field.enum_type->name));
      }
      const auto number = scalar<int32_t>();
      value = field.enum_type->find(number);
      shown = str(number);
    }
    if (value) {
      store(field, message, value->number);
      return;
    }
    std::vector<std::string> names;
    for (const EnumValue& v : field.enum_type->values) names.emplace_back(v.name);
    std::string fork;
    const bool is_type = &field == message.message_type().find("type");
    if (is_type) fork = fork_of_type(shown);
    if (!fork.empty()) fork = str("; it is a layer type of the fork ", fork);
    const std::string what =
        str(message.message_type().name, ": ", quoted(shown), " is no value of the field ",
            quoted(field.name), did_you_mean(shown, names), fork);
    // There is no layer without a type.
    if (is_type && std::string_view(field.enum_type->name) == "LayerType") {
      lexer_.fail_at(start, what);
    }
    report(start, what, "takes the field for one that is not given");
  }

  template <class T>
  T scalar() {
    if constexpr (std::is_same_v<T, std::string>) {
      if (token().type != Token::kString) expected("a string in quotes");
      std::string out;
      for (; token().type == Token::kString; lexer_.next()) out += lexer_.string_value();
      return out;
    } else if constexpr (std::is_same_v<T, bool>) {
      return boolean();
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(floating());
    } else {
      const bool negative = std::is_signed_v<T> && take('-');
      if (token().type != Token::kInteger) expected("an integer");
      // The most negative number has no positive twin.
      const auto max = static_cast<uint64_t>(std::numeric_limits<T>::max()) + (negative ? 1 : 0);
      const uint64_t value = lexer_.integer_value(max);
      lexer_.next();
      return static_cast<T>(negative ? ~value + 1 : value);
    }
  }

  bool boolean() {
    const Token start = token();
    if (start.type == Token::kInteger) {
      const bool value = lexer_.integer_value(1) != 0;
      lexer_.next();
      return value;
    }
    const bool yes = start.text == "true" || start.text == "True" || start.text == "t";
    const bool no = start.text == "false" || start.text == "False" || start.text == "f";
    if (!yes && !no) expected("true or false");
    lexer_.next();
    return yes;
  }

  double floating() {
    const bool negative = take('-');
    double value = 0;
    if (token().type == Token::kIdentifier) {
      const std::string name = lower(token().text);
      if (name == "inf" || name == "infinity") {
        value = std::numeric_limits<double>::infinity();
      } else if (name == "nan") {
        value = std::numeric_limits<double>::quiet_NaN();
      } else {
        expected("a number");
      }
    } else if (token().type == Token::kFloat) {
      value = lexer_.float_value();
    } else if (token().type == Token::kInteger) {
      if (token().text.size() > 1 && token().text[0] == '0') expected("a decimal number");
      value = lexer_.float_value();
    } else {
      expected("a number");
    }
    lexer_.next();
    return negative ? -value : value;
  }

  void check_required(const Message& message, const Token& start) const {
    for (const Field& field : message.message_type().fields) {
      if (field.label == Label::kRequired && !has(field, message)) {
        lexer_.fail_at(start, str(message.message_type().name, " lacks its required field ",
                                  quoted(field.name)));
      }
    }
  }

  void unknown_field(const MessageType& type, const Token& name) {
    std::vector<std::string> names;
    for (const Field& field : type.fields) names.emplace_back(field.name);
    const std::string_view instead = instead_of(type.name, name.text);
    report(name,
           str(type.name, " has no field ", quoted(name.text),
               instead.empty() ? str(did_you_mean(name.text, names), left_open(name))
                               : str(": ", instead)),
           "skips the field with all that is in it");
  }

  // A field of a message around this one: its bracket has been forgotten.
  std::string left_open(const Token& name) const {
    const MessageType* around = root_;
    std::string hint;
    for (const Open& open : open_) {
      if (&open != &open_.front()) around = (&open - 1)->type;
      if (around->find(name.text) == nullptr) continue;
      hint = str("; ", around->name, " has: is the ", quoted(open.bracket.text), " of line ",
                 open.bracket.line, " closed?");
    }
    return hint;
  }

  // An error, or a warning when lenient, which then does what `lenient_does` says.
  void report(const Token& at, const std::string& message, const char* lenient_does) {
    if (!options_.lenient) {
      const bool tell = options_.lenient_is_an_option;
      lexer_.fail_at(at, tell ? str(message, " (the option lenient ", lenient_does, ")") : message);
    }
    if (options_.warnings) options_.warnings->push_back(lexer_.place(at) + message + " (skipped)");
  }

  // Skips a field of unknown type; the name is the current token.
  void skip_field() {
    const Token bracket = token();
    if (take('[')) {  // an extension: [package.name]
      while (token().type != Token::kEnd && !token().is(']')) lexer_.next();
      expect_close(']', bracket);
    } else {
      lexer_.next();
    }
    const bool colon = take(':');
    if (!colon && !token().is('{') && !token().is('<')) expected("\":\" or \"{\"");
    skip_value();
  }

  void skip_value() {
    if (++depth_ > kMaxDepth) {
      lexer_.fail_at(token(), str("messages are nested more than ", kMaxDepth, " deep"));
    }
    const Token bracket = token();
    if (token().is('{') || token().is('<')) {
      const char close = token().is('<') ? '>' : '}';
      lexer_.next();
      while (!take(close)) {
        if (token().type != Token::kIdentifier && !token().is('[')) {
          expected(str("a field or ", quoted(std::string(1, close))),
                   token().type == Token::kEnd ? unclosed(bracket) : "");
        }
        skip_field();
        if (!take(';')) take(',');
      }
    } else if (take('[')) {
      if (!take(']')) {
        do {
          skip_value();
        } while (take(','));
        expect_close(']', bracket);
      }
    } else if (token().type == Token::kString) {
      while (token().type == Token::kString) lexer_.next();
    } else {
      take('-');
      if (token().type == Token::kSymbol || token().type == Token::kEnd) expected("a value");
      lexer_.next();
    }
    --depth_;
  }

  TextLexer lexer_;
  const TextOptions& options_;
  int depth_ = 0;
  // The messages we are in, from the outermost on, without the text's own.
  struct Open {
    const MessageType* type;
    Token bracket;
  };
  std::vector<Open> open_;
  const MessageType* root_ = nullptr;
};

}  // namespace

void parse_text(std::string_view text, Message& message, const TextOptions& options) {
  TextReader(text, options).read(message);
}

}  // namespace caffe
