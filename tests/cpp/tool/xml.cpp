#include "tool/xml.hpp"

#include "support/check.hpp"

namespace caffe::tool {
namespace {

XmlElement parsed(const std::string& text) {
  return parse_xml(text, "a.xml");
}

TEST(xml_elements_and_their_text) {
  const XmlElement root = parsed(
      "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!DOCTYPE annotation SYSTEM 'x.dtd'>\n<!-- a > -->\n"
      "<annotation verified=\"yes\" a = 'b>'>\n <size/>\n"
      " <name>\tcat &amp; <![CDATA[<dog>]]>&#x263a;&#65;</name >\n</annotation>\n");
  CHECK_EQ(root.name, "annotation");
  CHECK_EQ(root.text, "");
  CHECK_EQ(root.children.size(), 2u);
  CHECK_EQ(root.child("size")->text, "");
  CHECK_EQ(root.child("name")->text,
           "cat & <dog>\xE2\x98\xBA"
           "A");
  CHECK_EQ(root.child("name")->line, 6);
  CHECK(root.child("names") == nullptr);
  CHECK_EQ(root.child("size")->line, 5);
  CHECK_EQ(root.line, 4);
}

TEST(xml_that_is_not_well_formed) {
  for (const auto& each : std::vector<std::pair<std::string, std::string>>{
           {"", "a.xml:1: an element is expected"},
           {"text", "an element is expected"},
           {"<a>\n\n<b></a>", "a.xml:3: expected </b>, which line 3 begins, found </a"},
           {"<a>", "element \"a\" of line 1 does not end"},
           {"<a", "has no >"},
           {"<a b>", "attribute \"b\" has no value"},
           {"<a b=c>", "has no quotes"},
           {"<a b='c>", "an attribute does not end"},
           {"<a>&nbsp;</a>", "&nbsp; is unknown"},
           {"<a>&#0;</a>", "&#0; is unknown"},
           {"<a>&#xD800;</a>", "is unknown"},
           {"<a>&#x;</a>", "is unknown"},
           {"<a>&amp</a>", "a reference does not end"},
           {"<a><!-- </a>", "a comment does not end"},
           {"<a/><b/>", "something stands behind"},
           {"<!DOCTYPE a [<!ENTITY b \"c\">]><a/>", "is not read"},
           {"\xFF\xFE<", "UTF-16"},
           {"< a/>", "a name is expected"},
       }) {
    CHECK_FAILS(Status::kParse, each.second, parsed(each.first));
  }
}

TEST(xml_does_not_nest_without_an_end) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "<a>";
  CHECK_FAILS(Status::kParse, "within each other", parsed(text));
}

TEST(xml_cut_anywhere_is_refused) {
  const std::string text = "<a b='c'><!--x--><d>&lt;<![CDATA[e]]></d></a>";
  for (size_t i = 0; i < text.size(); ++i)
    CHECK_FAILS(Status::kParse, "a.xml:1", parsed(text.substr(0, i)));
}

}  // namespace
}  // namespace caffe::tool
