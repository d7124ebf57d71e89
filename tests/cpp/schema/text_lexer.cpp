// Tokens of prototxt: their kinds, values and places.
#include "schema/text_lexer.hpp"

#include "support/check.hpp"

namespace caffe::schema {
namespace {

TEST(lexer_cuts_text_into_tokens_that_know_their_place) {
  TextLexer lexer("a_1: 'x' # comment\n  -0x1F 1.5e3f }", "net");
  struct Expected {
    Token::Type type;
    const char* text;
    int32_t line, column;
  };
  for (const Expected& each : {Expected{Token::kIdentifier, "a_1", 1, 1},
                               {Token::kSymbol, ":", 1, 4},
                               {Token::kString, "'x'", 1, 6},
                               {Token::kSymbol, "-", 2, 3},
                               {Token::kInteger, "0x1F", 2, 4},
                               {Token::kFloat, "1.5e3f", 2, 9},
                               {Token::kSymbol, "}", 2, 16},
                               {Token::kEnd, "", 2, 17}}) {
    lexer.next();
    const Token& token = lexer.token();
    CHECK(token.type == each.type && token.text == each.text);
    CHECK(token.line == each.line && token.column == each.column);
  }
}

uint64_t integer(std::string_view text, uint64_t most = UINT64_MAX) {
  TextLexer lexer(text, "net");
  lexer.next();
  return lexer.integer_value(most);
}

TEST(lexer_integers_of_each_base_have_a_largest) {
  CHECK_EQ(integer("18446744073709551615"), UINT64_MAX);
  CHECK_EQ(integer("0x10"), uint64_t{16});
  CHECK_EQ(integer("010"), uint64_t{8});
  CHECK_FAILS(Status::kParse, "net:1:1: ", integer("256", 255));
  CHECK_FAILS(Status::kParse, "net:1:1: ", integer("18446744073709551616"));
}

std::string string_of(std::string_view text) {
  TextLexer lexer(text, "net");
  lexer.next();
  return lexer.string_value();
}

TEST(lexer_strings_have_the_escapes_of_c) {
  CHECK_EQ(string_of(R"("a\n\x41\101\"'")"), "a\nAA\"'");
  CHECK_EQ(string_of("'\"'"), "\"");
  CHECK_FAILS(Status::kParse, "net:1:1: ", string_of("'no end"));
}

}  // namespace
}  // namespace caffe::schema
