// A model card: the YAML front matter of a model's readme.md, as docs/model-card.md describes it.
// What is here is what it takes to run the model; the other keys are for those who fetch it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace caffe {

enum class PixelOrder { kBgr, kRgb, kGray, kLightness };

// How an image becomes a blob; what is not said is left to the blob's shape.
struct CardInput {
  std::string name;
  std::vector<int64_t> shape{};       // empty: the definition's; 0: an axis of any extent
  std::optional<PixelOrder> order{};  // not given: by the number of channels
  std::vector<float> mean{};          // none, one, or one a channel
  std::string mean_file{};
  float scale = 1;
  int64_t height = 0, width = 0;    // resize: both, ...
  int64_t shorter = 0, longer = 0;  // ... or one side, the other in proportion; 0: not given
  int64_t crop_height = 0, crop_width = 0;
};

// What the net answers to one image: the largest values of a blob, or its first ones.
struct CardExpected {
  struct Score {
    int64_t index = 0;
    float value = 0;
  };
  std::string image, output;
  std::vector<Score> top{};
  std::vector<float> values{};
  float tolerance = 1e-3f;
};

struct ModelCard {
  std::string path;    // of the readme.md
  std::string folder;  // where it lies, and with it what it names
  std::string name, task;
  std::string definition = "deploy.prototxt";
  std::string weights{};  // "": it names none
  std::vector<CardInput> inputs{};
  std::vector<std::string> labels{};  // by index; or
  std::string labels_file{};
  std::optional<CardExpected> expected{};
  std::string dialect{};
  std::vector<std::string> trusted_layers{};  // Python modules, or classes: module.Class

  std::string path_of(const std::string& file) const;
  // The path of a file that has to be there. Fails with kIo, and what to type to get it.
  std::string path_of_present(const std::string& file) const;
};

// The card of a folder, or in a file. Fails with kParse and the line on what cannot be meant, kIo
// where there is none. Keys that it does not know are warned of in the log: they may be those of a
// later version.
ModelCard read_model_card(const std::string& path);
// The same of the file's text; `path` is for messages and finds the other files.
ModelCard parse_model_card(std::string_view text, const std::string& path);

}  // namespace caffe
