// The reader of model cards: whatever the input, it ends in a card or an error.
#include "core/log.hpp"
#include "model/card.hpp"
#include "support/fuzz.hpp"

namespace caffe::test {

void fuzz_one(const uint8_t* data, size_t size) {
  static const bool quiet = (set_log_level(Severity::kError), true);  // keys that are not known
  static_cast<void>(quiet);
  parse_model_card({reinterpret_cast<const char*>(data), size}, "input");
}

std::vector<std::string> fuzz_seeds() {
  return {
      "---\nname: a\ncaffemodel: b\nfiles:\n- {name: b, role: weights}\ninputs:\n- name: data\n"
      "  shape: [1, 3, 2, 2]\n  order: BGR\n  mean: [1, 2.5, -3e1]\n  scale: 0.5\n"
      "  resize: {shorter: 6, longer: 9}\n  crop: [4, 5]\nlabels: [x, 'y', \"z\"]\n"
      "expected: {image: a, output: b, top: [{index: 1, value: 0.5}], values: [1]}\n"
      "trusted_layers: [a.b]\n---\ntext\n",
      "---\n? [a, {b: |\n c\n}]\n: &d !!str e\nf: *d\n---\n", "---\r\n---\r\n"};
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {"readme.md"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
