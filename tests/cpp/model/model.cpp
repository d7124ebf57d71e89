// model/model.hpp: nets and cards that do not go together so easily.
#include "model/model.hpp"

#include <limits>

#include "schema/files.hpp"
#include "support/check.hpp"
#include "support/images.hpp"
#include "support/log.hpp"

namespace caffe {
namespace {

using test::counting;
using test::Folder;
using test::Log;

std::string input_of(const std::string& name, const std::string& dims) {
  return "layer { name: '" + name + "' type: 'Input' top: '" + name + "' input_param { shape { " +
         dims + " } } }\n";
}

const std::string kImage = input_of("data", "dim: 1 dim: 3 dim: 2 dim: 2");
const std::string kFlatten = "layer { name: 'f' type: 'Flatten' bottom: 'data' top: 'flat' }\n";

Model make(const std::string& text, ModelCard card = {"card", ".", "Net", ""}) {
  NetSetup setup;
  setup.state.set_phase(TEST);
  return Model(std::move(card), std::make_shared<Net>(read_net_text(text), setup));
}

std::vector<int64_t> indices(const std::vector<CardExpected::Score>& scores) {
  std::vector<int64_t> found;
  for (const auto& score : scores) found.push_back(score.index);
  return found;
}

TEST(model_ranks_equal_values_and_no_numbers) {
  Model model = make(kImage + kFlatten);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float values[] = {1, nan, 3, 1, 3, -1, nan, 0, 2, 2, 5, -9};
  std::copy(std::begin(values), std::end(values), model.net()->blobs()[0]->data().write());
  model.net()->forward();
  CHECK(indices(model.top("", 0, 12)) ==
        std::vector<int64_t>({10, 2, 4, 8, 9, 0, 3, 7, 5, 11, 1, 6}));
  CHECK(indices(model.top("flat", 0, 1)) == std::vector<int64_t>({10}));
  CHECK_FAILS(Status::kInvalidArgument, "the 13 largest of 12", model.top("", 0, 13));
  CHECK_FAILS(Status::kInvalidArgument, "the 0 largest", model.top("", 0, 0));
  CHECK_FAILS(Status::kShape, "an answer for each place", model.top("data", 0, 1));
}

TEST(model_with_several_outputs) {
  Model model = make(kImage + kFlatten + input_of("other", "dim: 1 dim: 4"));
  CHECK_FAILS(Status::kInvalidArgument, "2 outputs (\"flat\", \"other\"); name one",
              model.top("", 0, 1));
  ModelCard card{"card", ".", "Net", ""};
  card.expected = CardExpected{"cat.jpg", "other", {}, {1}};
  Model other = make(kImage + kFlatten + input_of("other", "dim: 1 dim: 4"), card);
  CHECK_EQ(other.net()->blob_names()[other.output_id("")], "other");
  CHECK_EQ(other.net()->blob_names()[other.output_id("flat")], "flat");
}

TEST(model_finds_its_image_input) {
  const Log log;
  Model first = make(input_of("info", "dim: 1 dim: 3") + kImage);
  CHECK_EQ(first.net()->blob_names()[first.input_id()], "data");
  CHECK_EQ(log.count("the card says nothing of the net's input"), 1);
  ModelCard card{"card", ".", "Net", ""};
  card.inputs = {{"info"}, {"data"}};
  Model second = make(input_of("info", "dim: 1 dim: 3") + kImage, card);
  CHECK_EQ(second.net()->blob_names()[second.input_id()], "data");
  CHECK_EQ(log.count("the card says nothing"), 1);
  card.inputs = {{"dta"}};
  CHECK_FAILS(Status::kNotFound, "the card has an input \"dta\", the net's inputs are \"data\"",
              make(kImage, card));
  Model none = make(input_of("info", "dim: 1 dim: 3"));
  CHECK_FAILS(Status::kUnsupported, "no input for images", none.set_batch(2));
  CHECK_FAILS(Status::kUnsupported, "no input for images", none.set_image_bytes(0, ""));
}

TEST(model_images_of_their_own_size) {
  ModelCard card{"card", ".", "Net", ""};
  card.inputs = {{"data", {1, 3, 0, 0}}};
  Model model = make(kImage + kFlatten, card);
  model.set_image(0, counting(4, 5, 3), "a.png");
  CHECK_EQ(model.net()->blobs()[0]->shape(), Shape({1, 3, 4, 5}));
  model.set_batch(2);
  model.set_image(1, counting(4, 5, 3), "a.png");
  CHECK_FAILS(Status::kShape, "b.png becomes 4 x 6, the batch is of images of 4 x 5",
              model.set_image(0, counting(4, 6, 3), "b.png"));
}

TEST(model_that_fails_leaves_the_input) {
  Model model = make(kImage + kFlatten);
  model.set_image(0, counting(2, 2, 3, 7), "a.png");
  CHECK_FAILS(Status::kParse, "image", model.set_image_bytes(0, "none"));
  CHECK_EQ(model.net()->blobs()[0]->data().read()[0], 7);
}

TEST(model_labels_in_a_file) {
  const Folder folder;
  const Log log;
  ModelCard card{"card", folder.path.string(), "Net", ""};
  card.labels_file = "words.txt";
  CHECK(make(kImage, card).labels().empty());
  CHECK_EQ(log.count("words.txt: the file of the model's labels is not there"), 1);
  folder.file("words.txt", "n01440764 tench, Tinca tinca\r\n\nthird");
  CHECK(make(kImage, card).labels() ==
        std::vector<std::string>({"n01440764 tench, Tinca tinca", "", "third"}));
}

TEST(model_labels_of_another_number_of_classes) {
  const Log log;
  ModelCard card{"card", ".", "Net", "image classification"};
  card.inputs = {{"data"}};
  card.labels.resize(12);
  make(kImage + kFlatten, card);
  CHECK_EQ(log.count("labels"), 0);
  card.labels.resize(13);
  make(kImage + kFlatten, card);
  CHECK_EQ(log.count("the model has 13 labels, its output 12 classes"), 1);
  card.task = "retrieval";
  make(kImage + kFlatten, card);
  CHECK_EQ(log.count("13 labels"), 1);
}

TEST(model_example) {
  const Folder folder;
  test::make_png(folder, "a.png", counting(2, 2, 3, 1));
  ModelCard card{"card", folder.path.string(), "Net", ""};
  card.inputs = {{"data"}};
  const auto check = [&](const CardExpected& expected) {
    card.expected = expected;
    make(kImage + kFlatten, card).check();
  };
  check({"a.png", "flat", {{11, 12}, {7, 11}}, {1, 4, 7, 10, 2}});
  check({"a.png", "flat", {{11, 12.0005f}}, {}});
  check({"a.png", "flat", {{11, 12.5f}}, {}, 0.6f});
  CHECK_FAILS(Status::kParse, "answers 12 for value 11 of \"flat\", the card expects 12.5",
              check({"a.png", "flat", {{11, 12.5f}}, {}}));
  CHECK_FAILS(Status::kParse, "the net's answer 1 is 7 (11), the card expects 10 (8)",
              check({"a.png", "flat", {{11, 12}, {10, 8}}, {}}));
  CHECK_FAILS(Status::kParse, "answers 4 for value 1", check({"a.png", "flat", {}, {1, 5}}));
  CHECK_FAILS(Status::kShape, "13 values are expected",
              check({"a.png", "flat", {}, std::vector<float>(13)}));
  CHECK_FAILS(Status::kNotFound, "\"flut\"", check({"a.png", "flut", {}, {1}}));
  CHECK_FAILS(Status::kIo, "b.png", check({"b.png", "flat", {}, {1}}));
}

}  // namespace
}  // namespace caffe
