// model/card.hpp: cards of both versions, and what cannot be meant.
#include "model/card.hpp"

#include "source_root.h"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::Folder;
using test::Log;

ModelCard parse(const std::string& yaml) {
  return parse_model_card("---\n" + yaml + "---\nProse: with colons.\n", "zoo/net/readme.md");
}

TEST(card_of_version_2) {
  const ModelCard card = parse(
      "name: Net\n"
      "license: MIT\n"
      "card: 2\n"
      "task: image classification\n"
      "files:\n"
      "- {name: net.caffemodel, role: weights, size: 12, sha1: abc, urls: [http://x/y]}\n"
      "- {name: other.caffemodel, role: weights}\n"
      "- {name: net.prototxt, role: definition}\n"
      "inputs:\n"
      "- name: data\n"
      "  shape: [10, 3, 0, 0]\n"
      "  order: RGB\n"
      "  mean: [1, 2.5, -3e1]\n"
      "  scale: 0.017\n"
      "  resize: {shorter: 600, longer: 1000}\n"
      "  crop: [224, 227]\n"
      "- {name: other, mean: 5, crop: 9, resize: [10, 20], mean_file: mean.binaryproto}\n"
      "labels: [a, 2, 'yes', '']\n"
      "expected:\n"
      "  image: cat.jpg\n"
      "  output: prob\n"
      "  top: [{index: 281, value: 0.3, label: tabby}]\n"
      "  values: [0.5]\n"
      "  tolerance: 0.01\n"
      "dialect: ssd\n"
      "trusted_layers: [rpn.proposal_layer]\n");
  CHECK_EQ(card.name, "Net");
  CHECK_EQ(card.task, "image classification");
  CHECK_EQ(card.folder, "zoo/net");
  CHECK_EQ(card.weights, "net.caffemodel");
  CHECK_EQ(card.definition, "net.prototxt");
  const CardInput& input = card.inputs.at(0);
  CHECK(input.shape == std::vector<int64_t>({10, 3, 0, 0}));
  CHECK(input.order == PixelOrder::kRgb);
  CHECK(input.mean == std::vector<float>({1, 2.5f, -30}));
  CHECK_EQ(input.scale, 0.017f);
  CHECK_EQ(input.shorter, 600);
  CHECK_EQ(input.longer, 1000);
  CHECK_EQ(input.crop_height, 224);
  CHECK_EQ(input.crop_width, 227);
  const CardInput& other = card.inputs.at(1);
  CHECK(!other.order.has_value());
  CHECK(other.mean == std::vector<float>({5}));
  CHECK_EQ(other.scale, 1);
  CHECK_EQ(other.height, 10);
  CHECK_EQ(other.width, 20);
  CHECK_EQ(other.crop_height, 9);
  CHECK_EQ(other.crop_width, 9);
  CHECK_EQ(other.mean_file, "mean.binaryproto");
  CHECK(card.labels == std::vector<std::string>({"a", "2", "yes", ""}));
  CHECK_EQ(card.expected->top.at(0).index, 281);
  CHECK_EQ(card.expected->top.at(0).value, 0.3f);
  CHECK_EQ(card.expected->values.at(0), 0.5f);
  CHECK_EQ(card.expected->tolerance, 0.01f);
  CHECK_EQ(card.dialect, "ssd");
  CHECK(card.trusted_layers == std::vector<std::string>({"rpn.proposal_layer"}));
}

TEST(card_of_version_1) {
  const ModelCard card = parse(
      "name: BVLC AlexNet Model\n"
      "caffemodel: bvlc_alexnet.caffemodel\n"
      "caffemodel_url: http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel\n"
      "license: unrestricted\n"
      "sha1: 9116a64c0fbe4459d18f4bb6b56d647b63920377\n"
      "caffe_commit: 709dc15af4a06bebda027c1eb2b3f3e3375d5077\n"
      "gist_id:\n");
  CHECK_EQ(card.weights, "bvlc_alexnet.caffemodel");
  CHECK_EQ(card.definition, "deploy.prototxt");
  CHECK(card.inputs.empty() && card.labels.empty() && !card.expected);
}

TEST(card_caffemodel_comes_before_files) {
  CHECK_EQ(parse("name: a\ncaffemodel: b\nfiles: [{name: c, role: weights}]\n").weights, "b");
  CHECK_EQ(parse("name: a\nlabels: synset_words.txt\n").labels_file, "synset_words.txt");
}

TEST(card_lines_may_end_as_on_windows) {
  const ModelCard card = parse_model_card("\xef\xbb\xbf---\r\nname: a\r\n---\r\n", "readme.md");
  CHECK_EQ(card.name, "a");
  CHECK_EQ(card.folder, ".");
}

TEST(card_unknown_keys_are_warned_of) {
  const Log log;
  parse("name: a\nlables: [b]\nvendor: c\ninputs: [{name: data, meen: 3}]\n");
  CHECK_EQ(log.count("readme.md:3: the card has a key \"lables\" that is not known, and passed "
                     "over; did you mean \"labels\"?"),
           1);
  CHECK_EQ(log.count("readme.md:4: the card has a key \"vendor\""), 1);
  CHECK_EQ(log.count("readme.md:5: an input has a key \"meen\""), 1);
  CHECK_EQ(log.count("did you mean \"mean\""), 1);
  CHECK_EQ(log.count("not known"), 3);
}

TEST(card_values_that_cannot_be_meant) {
  const struct {
    const char *yaml, *message;
  } cases[] = {
      {"- a\n", "readme.md:2: the card is a list, expected a mapping"},
      {"just text\n", "readme.md:2: the card is \"just text\", expected a mapping"},
      {"license: MIT\n", "readme.md:2: the card has no name"},
      {"name: [a]\n", "readme.md:2: name is a list, expected text"},
      {"name: a\ncaffemodel: ../b\n",
       "readme.md:3: caffemodel is \"../b\", expected the name of a"},
      {"name: a\ncaffemodel: ..\n", "expected the name of a file in the model's folder"},
      {"name: a\ncaffemodel: /etc/passwd\n", "without a path"},
      {"name: a\ncaffemodel: \"b\\u0000\"\n", "without a path"},
      {"name: a\nfiles: {name: b}\n", "readme.md:3: files is a mapping, expected a list"},
      {"name: a\nfiles: [{role: weights}]\n", "readme.md:3: a file has no name"},
      {"name: a\ninputs: [data]\n", "an input is \"data\", expected a mapping"},
      {"name: a\ninputs: [{shape: [1]}]\n", "an input has no name"},
      {"name: a\ninputs: [{name: b, shape: [1.5]}]\n", "shape is \"1.5\", expected a whole number"},
      {"name: a\ninputs: [{name: b, shape: [-1]}]\n", "expected a whole number from 0 to"},
      {"name: a\ninputs: [{name: b, order: GBR}]\n", "order is \"GBR\", expected BGR, RGB, gray"},
      {"name: a\ninputs: [{name: b, mean: x}]\n", "mean is \"x\", expected a number"},
      {"name: a\ninputs: [{name: b, mean: '5'}]\n", "mean is \"5\", expected a number"},
      {"name: a\ninputs: [{name: b, mean: .inf}]\n", "expected a number"},
      {"name: a\ninputs: [{name: b, mean: 1e40}]\n", "expected a number"},
      {"name: a\ninputs: [{name: b, mean: []}]\n", "mean is an empty list"},
      {"name: a\ninputs: [{name: b, scale: 0}]\n", "scale is 0, expected a number above 0"},
      {"name: a\ninputs: [{name: b, resize: [1, 2, 3]}]\n", "expected [height, width]"},
      {"name: a\ninputs: [{name: b, resize: 256}]\n", "resize is \"256\", expected a list"},
      {"name: a\ninputs: [{name: b, resize: {small: 1}}]\n", "neither shorter nor longer"},
      {"name: a\ninputs: [{name: b, crop: 0}]\n", "expected a whole number from 1 to 65535"},
      {"name: a\ninputs: [{name: b, crop: 99999999999999999999}]\n", "expected a whole number"},
      {"name: a\nlabels: {0: b}\n", "readme.md:3: labels is a mapping, expected a list"},
      {"name: a\nlabels: [[b]]\n", "a label is a list, expected text"},
      {"name: a\nexpected: {image: b, output: c}\n", "expected says neither top nor values"},
      {"name: a\nexpected: {output: c, values: [1]}\n", "expected has no image"},
      {"name: a\nexpected: {image: b, output: c, top: [{index: 1}]}\n", "an index and a value"},
      {"name: a\nexpected: {image: b/c, output: c, values: [1]}\n", "image is \"b/c\""},
      {"name: a\nexpected: {image: b, output: c, values: [1], tolerance: -1}\n", "tolerance is -1"},
      {"name: a\ntrusted_layers: rpn\n", "trusted_layers is \"rpn\", expected a list"},
      {"name: &a b\n", "readme.md:2: an anchor"},
      {"name: a\nname: b\n", "readme.md:3: the key \"name\" is there already, in line 2"},
  };
  for (const auto& one : cases) CHECK_FAILS(Status::kParse, one.message, parse(one.yaml));
}

TEST(card_has_front_matter) {
  const auto read = [](const std::string& text) { return parse_model_card(text, "readme.md"); };
  CHECK_FAILS(Status::kParse, "readme.md:1: expected a model card", read(""));
  CHECK_FAILS(Status::kParse, "readme.md:1: expected a model card", read("# Net\nname: a\n"));
  CHECK_FAILS(Status::kParse, "the card's YAML does not end", read("---\nname: a\n"));
  CHECK_FAILS(Status::kParse, "readme.md:2: the card is \"\", expected a mapping",
              read("---\n---\n"));
  CHECK_FAILS(Status::kParse, "readme.md:1: the file has 1048577 bytes",
              read("---\nname: a\n---\n" + std::string((1 << 20) - 15, ' ')));
}

TEST(card_of_a_folder_or_a_file) {
  const Folder folder;
  CHECK_FAILS(Status::kIo, "the folder has no readme.md", read_model_card(folder.path.string()));
  CHECK_FAILS(Status::kIo, "none", read_model_card(folder.file("none")));
  folder.file("readme.md", "---\nname: a\n---\n");
  folder.file("card.md", "---\nname: b\n---\n");
  const ModelCard card = read_model_card(folder.path.string());
  CHECK_EQ(card.name, "a");
  CHECK_EQ(card.path, folder.file("readme.md"));
  CHECK_EQ(card.path_of("x"), folder.file("x"));
  CHECK_EQ(read_model_card(folder.path.string() + "/").name, "a");
  CHECK_EQ(read_model_card(folder.file("card.md")).name, "b");
  CHECK_EQ(card.path_of_present("card.md"), folder.file("card.md"));
  CHECK_FAILS(Status::kIo, "caffe zoo download " + folder.path.filename().string(),
              card.path_of_present("net.caffemodel"));
}

TEST(card_of_every_model_of_ours) {
  const std::filesystem::path models = std::filesystem::path(CAFFE_SOURCE_ROOT) / "models";
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(models)) {
    if (!std::filesystem::exists(entry.path() / "readme.md")) continue;
    const Log log;
    const ModelCard card = read_model_card(entry.path().string());
    CHECK(!card.name.empty());
    CHECK_EQ(log.text, "");
    ++read;
  }
  CHECK(read > 0);
}

}  // namespace
}  // namespace caffe
