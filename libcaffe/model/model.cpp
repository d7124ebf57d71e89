#include "model/model.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.hpp"
#include "core/log.hpp"
#include "data/codecs.hpp"
#include "model/ranking.hpp"

namespace caffe {

namespace {

std::string names_of(const Net& net, const std::vector<size_t>& blobs) {
  std::vector<std::string> names;
  for (const size_t blob : blobs) names.push_back(caffe::quoted(net.blob_names()[blob]));
  return joined(names);
}

}  // namespace

Model::Model(ModelCard card, std::shared_ptr<Net> net)
    : card_(std::move(card)), net_(std::move(net)) {
  read_labels();
  warn_of_labels();
  image_input_ = find_image_input();
}

void Model::read_labels() {
  if (card_.labels_file.empty()) return;
  const std::string path = card_.path_of(card_.labels_file);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    CAFFE_LOG(kWarning, path, ": the file of the model's labels is not there, so that its classes ",
              "have no names");
    return;
  }
  card_.labels = caffe::read_labels(path);
}

void Model::warn_of_labels() const {
  const bool classifies = card_.task == "image classification" && !card_.labels.empty();
  if (!classifies || net_->output_ids().size() != 1) return;
  const Shape& shape = net_->blobs()[net_->output_ids()[0]]->shape();
  const int64_t classes = shape.axes() < 2 ? shape.count() : shape.count(1);
  const auto labels = static_cast<int64_t>(card_.labels.size());
  if (classes == labels) return;
  CAFFE_LOG(kWarning, card_.path, ": the model has ", labels, " labels, its output ", classes,
            " classes: names may stand for others");
}

std::optional<Model::ImageInput> Model::find_image_input() const {
  const std::vector<size_t>& ids = net_->input_ids();
  const auto id_of = [&](const std::string& name) {
    for (const size_t id : ids) {
      if (net_->blob_names()[id] == name) return id;
    }
    fail(Status::kNotFound, card_.path, ": the card has an input ", caffe::quoted(name),
         ", the net's inputs are ", ids.empty() ? "none" : names_of(*net_, ids));
  };
  for (const CardInput& input : card_.inputs) {
    const size_t id = id_of(input.name);
    const Shape& shape = net_->blobs()[id]->shape();
    if (shape.axes() == 4) return ImageInput{id, Preprocess(card_, input, shape)};
  }
  if (!card_.inputs.empty()) return std::nullopt;
  // A card that says nothing of its inputs, as those of version 1.
  for (const size_t id : ids) {
    const Shape& shape = net_->blobs()[id]->shape();
    if (shape.axes() != 4 || (shape[1] != 1 && shape[1] != 3)) continue;
    CAFFE_LOG(kWarning, card_.path, ": the card says nothing of the net's input; images go in as ",
              "they are, BGR from 0 to 255, in the input's size");
    const CardInput plain{net_->blob_names()[id]};
    return ImageInput{id, Preprocess(card_, plain, shape)};
  }
  return std::nullopt;
}

size_t Model::input_id() const {
  if (image_input_) return image_input_->id;
  fail(Status::kUnsupported, card_.path,
       ": the model has no input for images, N x C x H x W; fill ", "its net's inputs by hand");
}

void Model::set_batch(int64_t count) {
  if (count < 1)
    fail(Status::kInvalidArgument, "a batch has ", count, " images, expected 1 or more");
  Blob& blob = image_blob();
  std::vector<int64_t> dims = blob.shape().dims();
  dims[0] = count;
  blob.reshape(Shape(dims));
}

void Model::set_image(int64_t item, const AnyPixels& image, const std::string& name) {
  Blob& blob = image_blob();
  Preprocess& preprocess = image_input_->preprocess;
  const int64_t batch = blob.dim(0);
  if (item < 0 || item >= batch) {
    fail(Status::kNotFound, name, ": item ", item, " of a batch of ", batch,
         " (counted from 0); make it larger first");
  }
  const Shape made =
      std::visit([&](const auto& of) { return preprocess.shape(of.height, of.width); }, image);
  const Shape whole{batch, made[0], made[1], made[2]};
  if (!(blob.shape() == whole)) {
    if (batch > 1) {
      fail(Status::kShape, name, " becomes ", made[1], " x ", made[2],
           ", the batch is of images of ", blob.dim(2), " x ", blob.dim(3),
           "; run images of different sizes one by one");
    }
    blob.reshape(whole);
  }
  // Made aside, so that what fails leaves the input as it was.
  std::vector<float> values(static_cast<size_t>(made.count()));
  preprocess.prepare(image, name, values.data());
  std::copy(values.begin(), values.end(), blob.data().update() + item * made.count());
}

void Model::set_image_file(int64_t item, const std::string& path) {
  std::string damage;
  const Pixels image = read_image(path, colors_to_read(), &damage);
  if (!damage.empty()) CAFFE_LOG(kWarning, path, ": ", damage);
  set_image(item, image, path);
}

void Model::set_image_bytes(int64_t item, std::string_view bytes) {
  set_image(item, decode_image(bytes, colors_to_read()), "the image");
}

Colors Model::colors_to_read() const {
  input_id();
  return image_input_->preprocess.is_gray() ? Colors::kGray : Colors::kAsStored;
}

size_t Model::output_id(const std::string& name) const {
  const std::vector<size_t>& ids = net_->output_ids();
  if (name.empty() && !card_.expected && ids.size() != 1) {
    fail(Status::kInvalidArgument, card_.path, ": the net has ", ids.size(), " outputs (",
         names_of(*net_, ids), "); name one");
  }
  const size_t id = !name.empty()    ? net_->blob_index(name)
                    : card_.expected ? net_->blob_index(card_.expected->output)
                                     : ids[0];
  if (net_->blobs()[id]->hidden()) {
    fail(Status::kState, "blob ", caffe::quoted(net_->blob_names()[id]),
         " cannot be looked at: ", "the model was opened with `optimize`; name the blob in `keep`");
  }
  return id;
}

std::vector<CardExpected::Score> Model::top(const std::string& output, int64_t item,
                                            int64_t count) const {
  const size_t id = output_id(output);
  const Blob& blob = *net_->blobs()[id];
  const std::string& name = net_->blob_names()[id];
  const Shape& shape = blob.shape();
  const int64_t items = shape.axes() == 0 ? 1 : shape[0];
  if (item < 0 || item >= items) {
    fail(Status::kNotFound, "there is no item ", item, " in blob ", caffe::quoted(name), ", whose ",
         "shape is ", shape);
  }
  if (shape.axes() > 2 && shape.count(2) > 1) {
    fail(Status::kShape, "blob ", caffe::quoted(name), " has the shape ", shape, ", an answer for ",
         "each place and not one for an image; read the blob itself");
  }
  const int64_t classes = shape.count() / items;
  if (count < 1 || count > classes) {
    fail(Status::kInvalidArgument, "the ", count, " largest of ", classes, " values of blob ",
         caffe::quoted(name), " are asked for");
  }
  const float* values = blob.data().read() + item * classes;
  std::vector<CardExpected::Score> best;
  for (const int64_t index : largest(values, classes, count))
    best.push_back({index, values[index]});
  return best;
}

void Model::check() {
  if (!card_.expected) {
    fail(Status::kNotFound, card_.path, ": the card has no example with its answer (expected)");
  }
  const CardExpected& expected = *card_.expected;
  set_batch(1);
  set_image_file(0, card_.path_of_present(expected.image));
  net_->forward();
  const auto differs = [&](const std::string& what, float found, float wanted) {
    fail(Status::kParse, card_.path, ": for ", expected.image, " the net answers ", found, " for ",
         what, " of ", caffe::quoted(expected.output), ", the card expects ", wanted, " within ",
         expected.tolerance, ": its weights, definition or preprocessing are others");
  };
  const auto near = [&](float a, float b) { return std::fabs(a - b) <= expected.tolerance; };
  const auto best = expected.top.empty()
                        ? std::vector<CardExpected::Score>()
                        : top(expected.output, 0, static_cast<int64_t>(expected.top.size()));
  const Blob& blob = *net_->blobs()[output_id(expected.output)];
  for (size_t i = 0; i < best.size(); ++i) {
    const CardExpected::Score& wanted = expected.top[i];
    // Two that are as near to each other as the tolerance may change places.
    if (best[i].index != wanted.index && !near(best[i].value, wanted.value)) {
      fail(Status::kParse, card_.path, ": for ", expected.image, " the net's answer ", i, " is ",
           best[i].index, " (", best[i].value, "), the card expects ", wanted.index, " (",
           wanted.value, "): its weights, definition or preprocessing are others");
    }
    const float found = wanted.index < blob.count() ? blob.data().read()[wanted.index] : 0;
    if (!near(found, wanted.value)) differs(str("value ", wanted.index), found, wanted.value);
  }
  if (static_cast<int64_t>(expected.values.size()) > blob.count()) {
    fail(Status::kShape, card_.path, ": ", expected.values.size(), " values are expected of ",
         caffe::quoted(expected.output), ", whose shape is ", blob.shape());
  }
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const float found = blob.data().read()[i];
    if (!near(found, expected.values[i])) differs(str("value ", i), found, expected.values[i]);
  }
}

}  // namespace caffe
