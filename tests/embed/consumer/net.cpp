// Somebody else's C++ program: the same as net.c, through caffe.hpp.
#include <caffe.hpp>
#include <cstdio>

int main() {
  try {
    caffe::Net net = caffe::Net::from_text(
        "layer { name: 'data' type: 'Input' top: 'data'"
        "  input_param { shape { dim: 1 dim: 3 } } }"
        "layer { name: 'relu' type: 'ReLU' bottom: 'data' top: 'out' }",
        caffe::Phase::kTest);
    const float values[] = {-1, 2, 3};
    auto in = net.input(0).mutable_data();
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = values[i];
    net.forward();
    const auto out = net.output(0).data();
    std::printf("%g %g %g\n", out[0], out[1], out[2]);
  } catch (const caffe::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
