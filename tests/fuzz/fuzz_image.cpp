// The image codecs: whatever the file, decoding ends in pixels of the colours asked for, all of
// them there, or in an error.
#include <cstdlib>

#include "data/codecs.hpp"
#include "support/fuzz.hpp"
#include "support/image_files.hpp"
#include "support/images.hpp"

namespace caffe::test {

void fuzz_one(const uint8_t* data, size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  for (const Colors colors : {Colors::kAsStored, Colors::kGray, Colors::kBgr}) {
    try {
      std::string damage;
      const Pixels image = decode_image(file, colors, &damage);
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
  const std::string bytes = encode_image(counting(8, 8, 1), "png");  // as good as any
  for (const int bits : {1, 4, 8, 16, 24, 32}) {
    seeds.push_back(bmp_file(7, bits == 24 ? -5 : 5, bits,
                             (bits > 8 ? "" : gray_palette(1 << bits, 1)) + bytes + bytes,
                             bits > 8 ? 0 : 4 << bits));
  }
  seeds.push_back(bmp_file(5, 3, 8, gray_palette(256, 1) + "\3\7\2\11" + bytes, 1024, 1));
  seeds.push_back(bmp_file(5, 3, 4, gray_palette(16, 16) + "\3\7\2\11" + bytes, 64, 2));
  seeds.push_back(bmp_file(3, 2, 32, gray_palette(4, 1) + bytes, 16, 6));
  for (const char* header : {"P4 9 5\n", "P5 5 4 255\n", "P5 3 3 1000\n", "P6 5 2 100 # n\n"}) {
    seeds.push_back(header + bytes);
  }
  seeds.push_back("P1 3 2 101\n0 1 0");
  seeds.push_back("P2 3 2\n#\n15 1 2 3 4 5 6");
  seeds.push_back("P3 1 2 1000 1 2 3 4 5 600");
  for (const auto& file : {gif_file(), tiff_file(), webp_file(), lossy_webp_file()}) {
    seeds.push_back(file);
  }
  return seeds;
}

std::vector<std::string> fuzz_seed_suffixes() {
  return {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"};
}

bool fuzz_change(std::string&, std::mt19937_64&) {
  return false;
}

}  // namespace caffe::test
