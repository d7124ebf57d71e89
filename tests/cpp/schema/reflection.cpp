// Members of messages by their tables: presence, copies, equality, and what is missing.
#include "schema/reflection.hpp"

#include "schema/messages.hpp"
#include "schema/text.hpp"
#include "support/check.hpp"

namespace caffe::schema {
namespace {

LayerParameter layer(const std::string& text) {
  LayerParameter param;
  parse_text(text, param);
  return param;
}

const Field& field_of(const Message& message, const char* name) {
  return *message.message_type().find(name);
}

TEST(reflection_knows_what_a_message_has) {
  LayerParameter param = layer("name: 'a' bottom: 'x' bottom: 'y' relu_param {}");
  CHECK(has(field_of(param, "name"), param) && has(field_of(param, "relu_param"), param));
  CHECK(!has(field_of(param, "type"), param) && !has(field_of(param, "top"), param));
  CHECK_EQ(list_size(field_of(param, "bottom"), param), size_t{2});
  for (const char* name : {"name", "bottom", "relu_param"}) clear(field_of(param, name), param);
  CHECK(equal(param, LayerParameter()));
}

TEST(reflection_copies_to_other_fields_of_a_kind) {
  LayerParameter param = layer("name: 'a' bottom: 'x'");
  copy(field_of(param, "name"), param, field_of(param, "bottom"), param);
  CHECK(param.bottom == std::vector<std::string>({"x", "a"}));
  LayerParameter other;
  copy(field_of(param, "type"), param, field_of(other, "type"), other);
  CHECK(!has(field_of(other, "type"), other));
}

TEST(reflection_compares_presence_and_values) {
  CHECK(equal(layer("relu_param { negative_slope: nan }"),
              layer("relu_param { negative_slope: nan }")));
  CHECK(!equal(layer("relu_param {}"), layer("")));
  CHECK(!equal(layer("relu_param { negative_slope: 0 }"), layer("relu_param {}")));
  CHECK(!equal(layer("bottom: 'x'"), layer("bottom: 'y'")));
}

}  // namespace
}  // namespace caffe::schema
