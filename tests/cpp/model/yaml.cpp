// model/yaml.hpp: what a description needs of YAML, and what is refused of it.
#include "model/yaml.hpp"

#include "support/check.hpp"

namespace caffe {
namespace {

using Kind = YamlNode::Kind;

TEST(yaml_scalars_lists_and_mappings) {
  const YamlNode root = parse_yaml(
      "name: AlexNet  # a comment\n"
      "sizes: [1, 2]\n"
      "files:\n"
      "- name: \"a: b\"\n"
      "  size: 3\n"
      "-\n"
      "text: |\n"
      "  two\n"
      "  lines\n",
      "card", 10);
  CHECK(root.kind == Kind::kMapping);
  CHECK_EQ(root.keys.size(), 4u);
  CHECK_EQ(root.keys[0].text, "name");
  CHECK_EQ(root.items[0].text, "AlexNet");
  CHECK_EQ(root.items[0].line, 11);
  CHECK(!root.items[0].quoted);
  CHECK(root.items[1].kind == Kind::kSequence);
  CHECK_EQ(root.items[1].items.at(1).text, "2");
  const YamlNode& file = root.items[2].items.at(0);
  CHECK_EQ(file.items.at(0).text, "a: b");
  CHECK(file.items.at(0).quoted);
  CHECK_EQ(file.items.at(1).line, 15);
  CHECK(root.items[2].items.at(1).is_null());
  CHECK_EQ(root.items[3].text, "two\nlines\n");
}

TEST(yaml_nothing_is_null) {
  for (const char* text : {"", "# only a comment\n", "~", "null"}) {
    CHECK(parse_yaml(text, "card").is_null());
  }
  CHECK(!parse_yaml("\"\"", "card").is_null());
  CHECK(!parse_yaml("[]", "card").is_null());
}

TEST(yaml_mistakes_have_a_place) {
  CHECK_FAILS(Status::kParse, "card:2: no YAML: ", parse_yaml("a: 1\n b: [2\n", "card"));
  CHECK_FAILS(Status::kParse, "card:12: ", parse_yaml("a: 1\n\tb: 2\n", "card", 10));
  CHECK_FAILS(Status::kParse, "card:1: no YAML: ", parse_yaml("a: \xff\xfe\n", "card"));
  CHECK_FAILS(Status::kParse, "card:3: the key \"a\" is there already, in line 1",
              parse_yaml("a: 1\nb: 2\na: 3\n", "card"));
  CHECK_FAILS(Status::kParse, "a key is a list or a mapping", parse_yaml("? [a]\n: 1\n", "card"));
  CHECK_FAILS(Status::kParse, "card:3: a second document begins",
              parse_yaml("---\na: 1\n---\nb: 2\n", "card"));
}

TEST(yaml_what_bombs_are_made_of_is_refused) {
  CHECK_FAILS(Status::kParse, "card:1: an anchor", parse_yaml("a: &b [1]\nc: *b\n", "card"));
  CHECK_FAILS(Status::kParse, "card:2: an alias", parse_yaml("a: 1\nb: *c\n", "card"));
  CHECK_FAILS(Status::kParse, "card:1: a tag", parse_yaml("a: !!python/object:os 1\n", "card"));
  CHECK_FAILS(Status::kParse, "card:1: a tag", parse_yaml("!!map {a: 1}\n", "card"));
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_yaml(nested(32), "card").kind == Kind::kSequence);
  CHECK_FAILS(Status::kParse, "card:1: more than 32 lists", parse_yaml(nested(33), "card"));
  CHECK_FAILS(Status::kParse, "card:1: more than 32 lists", parse_yaml(nested(100000), "card"));
  const std::string large = "a: \"" + std::string(kMostYaml - 5, 'b') + "\"";
  CHECK_EQ(large.size(), kMostYaml);
  CHECK_EQ(parse_yaml(large, "card").items.at(0).text.size(), kMostYaml - 5);
  CHECK_FAILS(Status::kParse, "card:1: 1048577 bytes of YAML", parse_yaml(large + "\n", "card"));
}

}  // namespace
}  // namespace caffe
