// The image codecs: whatever the file, decoding ends in pixels of the colours asked for, all of
// them there, or in an error.
#include <cstdlib>

#include "data/codecs.hpp"
#include "support/fuzz.hpp"
#include "support/images.hpp"

namespace caffe::test {

void fuzz_one(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  for (const Colors colors : {Colors::kAsStored, Colors::kGray, Colors::kBgr}) {
    try {
      const Pixels image = decode_image(file, colors);
      const auto count = static_cast<size_t>(image.height * image.width * image.channels);
      if (count == 0 || image.values.size() != count) std::abort();
      if (colors == Colors::kGray && image.channels != 1) std::abort();
      if (colors == Colors::kBgr && image.channels != 3) std::abort();
    } catch (const Error& error) {
      if (error.status() == Status::kUnsupported) throw std::runtime_error(error.what());
    }
  }
}

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const int channels : {1, 3}) {
    const Pixels image = counting(19, 23, channels);
    seeds.push_back(encode_image(image, "jpg"));
    seeds.push_back(encode_image(image, "png"));
  }
  seeds.push_back(encode_image(counting(5, 7, 4), "png"));
  return seeds;
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".jpg", ".jpeg", ".png"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
