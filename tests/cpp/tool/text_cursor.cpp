// A place in a text: words, blanks, lines and the end.
#include "tool/text_cursor.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

const std::string kFile = "a.txt";

TEST(text_cursor_walks_and_counts_lines) {
  TextCursor cursor("\xEF\xBB\xBFone \t\n\n two", kFile);
  CHECK(cursor.take("one") && !cursor.take("two"));
  CHECK_EQ(cursor.line(), int64_t{1});
  cursor.skip_blanks();
  CHECK_EQ(cursor.line(), int64_t{3});
  CHECK_EQ(cursor.here(), 't');
  CHECK_EQ(cursor.until_one_of("ox"), "tw");
  CHECK_EQ(cursor.skip(99), "o");
  CHECK(cursor.at_end() && cursor.here() == '\0' && cursor.rest().empty());
  cursor.skip_blanks();
  CHECK_EQ(cursor.until_one_of("x"), "");
}

TEST(text_cursor_says_where_something_does_not_end) {
  TextCursor cursor("<!-- a -->\n<!-- b", kFile);
  CHECK_EQ(cursor.until("-->", "a comment"), "<!-- a ");
  cursor.skip_blanks();
  CHECK_FAILS(Status::kParse, "a.txt:2: a comment does not end", cursor.until("-->", "a comment"));
}

}  // namespace
}  // namespace caffe::tool
