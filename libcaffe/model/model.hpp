// A net with its card: images in, labels out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/codecs.hpp"
#include "model/card.hpp"
#include "model/preprocess.hpp"
#include "net/net.hpp"

namespace caffe {

class Model {
 public:
  // The net is of the card's definition and has its weights. Reads the labels and the mean.
  Model(ModelCard card, std::shared_ptr<Net> net);

  const ModelCard& card() const { return card_; }
  const std::shared_ptr<Net>& net() const { return net_; }
  const std::vector<std::string>& labels() const { return card_.labels; }

  // Which of the net's blobs images go into; fails when it has none that takes them.
  size_t input_id() const;
  // Which blob answers. `name` "": the one that the card expects something of, or the only output.
  size_t output_id(const std::string& name) const;

  // Room for so many images in the input; what was in it is gone.
  void set_batch(int64_t count);
  // An image as item `item` of the input. `name` is for messages.
  void set_image(int64_t item, const AnyPixels& image, const std::string& name);
  // The same of a file, or of the bytes of one.
  void set_image_file(int64_t item, const std::string& path);
  void set_image_bytes(int64_t item, std::string_view bytes);

  // The `count` largest values that an output has for an item, the largest first; of equal ones
  // that of the lower index, and what is no number last. `output` as for output_id().
  std::vector<CardExpected::Score> top(const std::string& output, int64_t item,
                                       int64_t count) const;
  // Runs the card's example. Fails with kNotFound when it has none, with kParse when the answer is
  // another one.
  void check();

 private:
  struct ImageInput {
    size_t id;
    Preprocess preprocess;
  };

  void read_labels();
  void warn_of_labels() const;
  Colors colors_to_read() const;
  std::optional<ImageInput> find_image_input() const;
  Blob& image_blob() const { return *net_->blobs()[input_id()]; }

  ModelCard card_;
  const std::shared_ptr<Net> net_;
  std::optional<ImageInput> image_input_;
};

}  // namespace caffe
