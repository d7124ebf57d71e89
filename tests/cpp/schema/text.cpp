#include "schema/text.hpp"

#include <filesystem>
#include <limits>

#include "core/files.hpp"
#include "schema/messages.hpp"
#include "schema/reflection.hpp"
#include "support/check.hpp"

using namespace caffe;

namespace {

NetParameter net(const std::string& text) {
  NetParameter out;
  parse_text(text, out, {"a.prototxt", false, nullptr});
  return out;
}

PoolingParameter pooling(const std::string& text) {
  PoolingParameter out;
  parse_text(text, out);
  return out;
}

// The float that `text` reads as.
float number(const std::string& text) {
  PowerParameter out;
  parse_text("power: " + text, out);
  return out.power;
}

std::string string(const std::string& text) {
  return net("name: " + text).name;
}

void refused(const std::string& text, const std::string& part) {
  CHECK_FAILS(Status::kParse, part, net(text));
}

std::string nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "unknown { ";
  for (int i = 0; i < depth; ++i) text += "}";
  return text;
}

}  // namespace

TEST(text_members_have_the_schemas_defaults) {
  const LayerParameter layer;
  CHECK_EQ(layer.pooling_param->stride, 1u);
  CHECK_EQ(layer.pooling_param->pool, PoolingParameter::MAX);
  CHECK_EQ(layer.lrn_param->beta, 0.75f);
  CHECK_EQ(layer.window_data_param->crop_mode, "warp");
  CHECK(!layer.has_pooling_param());
  CHECK(!layer.pooling_param->has_stride());
}

TEST(text_presence_is_told_from_default) {
  CHECK(!pooling("").has_stride());
  CHECK(pooling("stride: 1").has_stride());
  PoolingParameter p;
  p.stride = 2;
  CHECK(p.has_stride());
  p.clear_stride();
  CHECK(!p.has_stride());
  p.set_stride(1);
  CHECK_EQ(print_text(p), "stride: 1\n");
  FillerParameter filler;
  filler.set_value(2);  // a setter's argument has that name, too
  CHECK_EQ(filler.value, 2);
}

TEST(text_copies_are_deep) {
  LayerParameter a;
  a.pooling_param.mut().stride = 3;
  LayerParameter b = a;
  b.pooling_param.mut().stride = 4;
  CHECK_EQ(a.pooling_param->stride, 3u);
  a.pooling_param.clear();
  CHECK(!a.has_pooling_param());
  CHECK_EQ(b.pooling_param->stride, 4u);
}

TEST(text_comments_and_separators) {
  const NetParameter n = net("# one\nname: 'n' # two\n;force_backward: true, debug_info: false,");
  CHECK_EQ(n.name, "n");
  CHECK(n.force_backward);
  CHECK(n.has_debug_info());
  refused("name: 'n';;", "expected a field of NetParameter, got \";\"");
  refused("// name: 'n'", "a.prototxt:1:1:");
}

TEST(text_messages_and_lists) {
  CHECK_EQ(net("layer { } layer: < > layer: [ { }, < > ]").layer.size(), 4u);
  CHECK_EQ(net("input_dim: [1, 2, 3] input_dim: 4 input_dim: []").input_dim.size(), 4u);
  CHECK_EQ(net("input: ['a' \"b\", 'c']").input[0], "ab");
  refused("layer { >", "expected a field of LayerParameter, got \">\"");
  refused("layer { name: 'x'", "a field of LayerParameter or \"}\", got the end");
  refused("\n layer {\n pooling_param { }\n", "; the \"{\" of line 2, column 8, is not closed");
  refused("input_dim: [1, 2", "; the \"[\" of line 1, column 12, is not closed");
  refused("layer { } }", "1:11: expected a field of NetParameter, got \"}\", which closes nothing");
  refused("layer {\n convolution_param {\n num_output: 1\n }\n layer { }",
          "5:2: LayerParameter has no field \"layer\"");
  refused("layer {\n convolution_param {\n num_output: 1\n layer { }",
          "; NetParameter has: is the \"{\" of line 1 closed?");
  refused("input_dim: [1 2]", "expected \"]\"");
  refused("name: ['a']", "expected a string in quotes");
  refused("input_dim 1", "expected \":\"");
}

TEST(text_integers) {
  CHECK_EQ(net("input_dim: 0x1F").input_dim[0], 31);
  CHECK_EQ(net("input_dim: 017").input_dim[0], 15);
  CHECK_EQ(net("input_dim: -2147483648").input_dim[0], std::numeric_limits<int32_t>::min());
  CHECK_EQ(net("input_dim: - 3").input_dim[0], -3);
  refused("input_dim: 2147483648", "the number 2147483648 is out of range");
  refused("input_dim: -2147483649", "out of range");
  refused("input_dim: 99999999999999999999", "out of range");
  refused("input_dim: 1.0", "expected an integer, got \"1.0\"");
  refused("input_dim: +2", "expected an integer, got \"+\"");
  refused("input_dim: 08", "octal");
  refused("input_dim: 0x", "hexadecimal");
  CHECK_FAILS(Status::kParse, "expected an integer", pooling("stride: -1"));
  CHECK_EQ(pooling("stride: 4294967295").stride, 4294967295u);
}

TEST(text_floats) {
  CHECK_EQ(number("1f"), 1.0f);
  CHECK_EQ(number(".5"), 0.5f);
  CHECK_EQ(number("2."), 2.0f);
  CHECK_EQ(number("1.5E+2"), 150.0f);
  CHECK_EQ(number("-3"), -3.0f);
  CHECK_EQ(number("-inf"), -std::numeric_limits<float>::infinity());
  CHECK_EQ(number("Infinity"), std::numeric_limits<float>::infinity());
  CHECK_EQ(number("1e400"), std::numeric_limits<float>::infinity());
  CHECK_EQ(number("1e99999"), std::numeric_limits<float>::infinity());
  CHECK_EQ(number("1e-99999"), 0.0f);
  CHECK(number("nan") != number("nan"));
  CHECK_FAILS(Status::kParse, "expected a decimal number", number("0x10"));
  CHECK_FAILS(Status::kParse, "expected a number, got \"x\"", number("x"));
  CHECK_FAILS(Status::kParse, "an exponent without digits", number("1e"));
  CHECK_FAILS(Status::kParse, "two points", number("1.2.3"));
}

TEST(text_booleans_and_enums) {
  for (const char* yes : {"true", "True", "t", "1"}) {
    CHECK(net(std::string("debug_info: ") + yes).debug_info);
  }
  for (const char* no : {"false", "False", "f", "0"}) {
    CHECK(!net(std::string("debug_info: ") + no).debug_info);
  }
  refused("debug_info: 2", "out of range");
  refused("debug_info: TRUE", "expected true or false");
  CHECK_EQ(pooling("pool: AVE").pool, PoolingParameter::AVE);
  CHECK_EQ(pooling("pool: 2").pool, PoolingParameter::STOCHASTIC);
  CHECK_FAILS(Status::kParse,
              "<text>:1:7: PoolingParameter: \"AVG\" is no value of the field \"pool\"; "
              "did you mean \"AVE\"?",
              pooling("pool: AVG"));
  CHECK_FAILS(Status::kParse, "\"9\" is no value", pooling("pool: 9"));
  CHECK_FAILS(Status::kParse, "expected a value of PoolMethod", pooling("pool: 'MAX'"));
}

TEST(text_strings) {
  CHECK_EQ(string("'a' \"b\"\n'c'"), "abc");
  CHECK_EQ(string(R"('tab\tq\"\'\\\101\x41\u00e9\U0001F600')"), "tab\tq\"'\\AA\u00e9\U0001F600");
  CHECK_EQ(string(R"('\ud83d\ude00')"), "\U0001F600");
  CHECK_EQ(string(R"('\0')"), std::string(1, '\0'));
  refused(R"(name: '\q')", "unknown escape \\q");
  refused(R"(name: '\ud83d')", "no Unicode character");
  refused(R"(name: '\U00110000')", "no Unicode character");
  refused(R"(name: '\x')", "lacks digits");
  refused("name: 'a", "without its closing quote");
  refused("layer {\n name: 'a\n type: 'b'\n}",
          "a.prototxt:2:8: a string without its closing quote");
  refused("name: 'a\\\nb'", "1:7: a string without its closing quote");
  refused("name: 'a\\", "without its closing quote");
  refused("name: 5", "expected a string in quotes, got \"5\"");
}

TEST(text_errors_name_the_place) {
  refused("layer {\n  convolution_param { num_outputs: 3 }\n}",
          "a.prototxt:2:23: ConvolutionParameter has no field \"num_outputs\"; "
          "did you mean \"num_output\"?");
  refused("name: 'a'\nname: 'b'",
          "a.prototxt:2:1: NetParameter: the field \"name\" is not repeated");
  refused("layer { pooling_param { } pooling_param { } }", "given twice");
  refused("\n layer { clip_param { min: 1 } }",
          "a.prototxt:2:21: ClipParameter lacks its required field \"max\"");
  refused("Name: 'a'", "did you mean \"name\"?");
  CHECK_EQ(net("\xef\xbb\xbfname: 'a'").name, "a");
  refused("\xef\xbb\xbf x", "a.prototxt:1:2:");
  CHECK_EQ(net("name:\t'a' # one\r\nlayer {\r\n\tname: 'b'\r\n}\r\n# no end").layer[0].source_line,
           2);
  refused(std::string("name\0", 5), "binary file?");
  refused("\u00e9", "a byte that does not belong");
  refused("name: '\u00e9' x", "a.prototxt:1:11:");
  CHECK(!net("layer { type: 'Clip' }").layer[0].has_clip_param());
}

TEST(text_errors_tell_of_lenient_where_it_can_be_had) {
  NetParameter n;
  TextOptions options;
  options.lenient_is_an_option = true;
  CHECK_FAILS(Status::kParse, "(the option lenient skips the field with all that is in it)",
              parse_text("new_field { }", n, options));
  CHECK_FAILS(Status::kParse, "(the option lenient takes the field for one that is not given)",
              parse_text("layer { pooling_param { pool: NEW } }", n, options));
}

TEST(text_v1_types_of_forks_are_told) {
  refused("layers {\n type: CONVOLUTION3D }",
          "a.prototxt:2:8: V1LayerParameter: \"CONVOLUTION3D\" is no value of the field \"type\"");
  refused("layers { type: CONVOLUTION3D }", "; it is a layer type of the fork C3D");
  NetParameter n;
  CHECK_FAILS(Status::kParse, "\"NEW\" is no value of the field \"type\"",
              parse_text("layers { type: NEW }", n, {"f", true, nullptr, false}));
}

TEST(text_lines_of_layers_are_kept) {
  const NetParameter n = net("name: 'n'\nlayer { }\n\nlayer\n{ name: 'x'\n}");
  CHECK_EQ(n.layer[0].source_line, 2);
  CHECK_EQ(n.layer[1].source_line, 5);
}

TEST(text_says_what_to_write_instead_of_a_fork_s_field) {
  refused("layer { source_class: 'com.yahoo.ml.caffe.LMDB' }",
          "a.prototxt:1:9: LayerParameter has no field \"source_class\": CaffeOnSpark hands a net");
  refused("layer { memory_data_param { source: 'f' } }",
          "a layer of type Data reads an LMDB or LevelDB");
  refused("layer { cos_data_param { top { } } }", "the option lenient leaves the field out");
  std::vector<std::string> warnings;
  NetParameter n;
  parse_text("layer { memory_data_param { source: 'f' batch_size: 3 } }", n,
             {"f", true, &warnings});
  CHECK_EQ(n.layer[0].memory_data_param->batch_size, 3u);
  CHECK(warnings.size() == 1 && warnings[0].find("CaffeOnSpark") != std::string::npos);
}

TEST(text_lenient_skips_what_is_unknown) {
  std::vector<std::string> warnings;
  NetParameter n;
  parse_text(
      "a: -1 b { c: [1, 'x' 'y', { d: MAX }] e < f: 1.5; > } g: [] [x.y] { } name: 'n'\n"
      "layer { pooling_param { pool: NEW stride: 2 } }",
      n, {"f", true, &warnings});
  CHECK_EQ(n.name, "n");
  CHECK_EQ(n.layer[0].pooling_param->stride, 2u);
  CHECK(!n.layer[0].pooling_param->has_pool());
  CHECK_EQ(warnings.size(), 5u);
  CHECK_EQ(warnings[0], "f:1:1: NetParameter has no field \"a\" (skipped)");
  const TextOptions lenient{"f", true, nullptr};
  CHECK_FAILS(Status::kParse, "expected a value", parse_text("a: }", n, lenient));
  CHECK_FAILS(Status::kParse, "the end of the text", parse_text("a { b {", n, lenient));
}

TEST(text_nesting_is_limited) {
  NetParameter n;
  const TextOptions lenient{"f", true, nullptr};
  parse_text(nested(90), n, lenient);
  CHECK_FAILS(Status::kParse, "nested more than 100", parse_text(nested(100000), n, lenient));
}

TEST(text_printer_writes_what_protobuf_writes) {
  CHECK_EQ(print_float(0.1f), "0.1");
  CHECK_EQ(print_float(1e-5f), "1e-05");
  CHECK_EQ(print_float(16777216.0f), "16777216");
  CHECK_EQ(print_float(1e6f), "1e+06");
  CHECK_EQ(print_float(1.0f / 3), "0.333333343");
  CHECK_EQ(print_float(-std::numeric_limits<float>::infinity()), "-inf");
  CHECK_EQ(print_float(-0.0f), "-0");
  CHECK_EQ(print_text(net("layer{name:'\\351\\n\"' phase:TEST relu_param{} loss_weight:[1,2]}")),
           "layer {\n  name: \"\\351\\n\\\"\"\n  loss_weight: 1\n  loss_weight: 2\n  phase: TEST\n"
           "  relu_param {\n  }\n}\n");
}

TEST(text_equal_compares_presence_and_values) {
  CHECK(schema::equal(net("name: 'a'"), net("name: 'a'")));
  CHECK(!schema::equal(net("name: 'a'"), net("name: 'b'")));
  CHECK(!schema::equal(net("debug_info: false"), net("")));
  CHECK(!schema::equal(net("layer { }"), net("layer { } layer { }")));
  CHECK(!schema::equal(net("layer { relu_param { } }"), net("layer { }")));
  CHECK(schema::equal(net("layer { power_param { power: nan } }"),
                      net("layer { power_param { power: nan } }")));
}

// What is read back from the printed text of real files is what was printed.
TEST(text_real_files_survive_printing) {
  namespace fs = std::filesystem;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(test::shared_file("zoo"))) {
    if (entry.path().extension() != ".prototxt") continue;
    const bool solver = entry.path().filename().string().find("solver") != std::string::npos;
    NetParameter a, b;
    SolverParameter c, d;
    Message& first = solver ? static_cast<Message&>(c) : a;
    Message& second = solver ? static_cast<Message&>(d) : b;
    try {
      parse_text(read_file(entry.path().string()), first, {"f", true, nullptr});
    } catch (const Error&) {
      continue;  // files with mistakes have their own test
    }
    parse_text(print_text(first), second);
    CHECK(schema::equal(first, second));
    ++files;
  }
  CHECK(files > 200);
}
