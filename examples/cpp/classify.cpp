// Says which digit is in each image, as examples/c/classify.c does, with caffe.hpp:
//
//     classify deploy.prototxt net.caffemodel image.pgm ...
//
// prints a line for each, "file class probability".
//
//     c++ -std=c++17 -o classify classify.cpp $(pkg-config --cflags --libs caffe)
#include <algorithm>
#include <caffe.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

// A binary PGM image of 8 bits (P5) without comments.
struct Image {
  explicit Image(const std::string& file) {
    std::ifstream input(file, std::ios::binary);
    std::string magic;
    int most = 0;
    if (!(input >> magic >> width >> height >> most) || magic != "P5" || most != 255 || width < 1 ||
        width > 10000 || height < 1 || height > 10000) {
      throw std::runtime_error(file + ": not a binary PGM image of 8 bits");
    }
    input.get();
    pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    if (!input.read(pixels.data(), static_cast<std::streamsize>(pixels.size()))) {
      throw std::runtime_error(file + ": the image is cut short");
    }
  }

  int width = 0, height = 0;
  std::vector<char> pixels;
};

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fprintf(stderr, "usage: classify deploy.prototxt net.caffemodel image.pgm ...\n");
    return 2;
  }
  caffe_set_log_level(CAFFE_LOG_WARNING);
  const caffe::Net net(argv[1], caffe::Phase::kTest);
  net.load_weights(argv[2]);
  for (int i = 3; i < argc; ++i) {
    const Image image(argv[i]);
    net.input(0).reshape({1, 1, image.height, image.width});
    std::transform(
        image.pixels.begin(), image.pixels.end(), net.input(0).mutable_data().begin(),
        [](char pixel) { return static_cast<float>(static_cast<unsigned char>(pixel)) / 256; });
    net.forward();
    const auto prob = net.output(0).data();
    const auto best = std::max_element(prob.begin(), prob.end());
    std::printf("%s %d %.6f\n", argv[i], static_cast<int>(best - prob.begin()), *best);
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "classify: %s\n", error.what());
  return 1;
}
