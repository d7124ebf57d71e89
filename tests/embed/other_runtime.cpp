// A program whose C++ library is not the one libcaffe has: threads of the program run nets through
// caffe.hpp, and exceptions of both sides end where they belong.
#include <caffe.hpp>
#include <cstdio>
#include <iostream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr const char* kNet =
    "layer { name: 'data' type: 'Input' top: 'data' input_param { shape { dim: 1 dim: 3 } } }"
    "layer { name: 'relu' type: 'ReLU' bottom: 'data' top: 'out' }";

std::string answer_of(const caffe::Net& net, float last) {
  const float values[] = {-1, 2, last};
  auto in = net.input(0).mutable_data();
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = values[i];
  net.forward();
  std::ostringstream out;
  for (const float value : net.output(0).data()) out << value << ' ';
  return out.str();
}

}  // namespace

int main() {
  const caffe::Net net = caffe::Net::from_text(kNet, caffe::Phase::kTest);
  std::vector<std::thread> threads;
  std::vector<std::string> answers(4);
  std::vector<caffe::Net> clones;
  for (std::size_t i = 0; i < answers.size(); ++i) clones.push_back(net.clone());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      // Each thread has an error of the library and one of the program behind it.
      try {
        caffe::Net::from_text("layer { type: 'None' }", caffe::Phase::kTest);
      } catch (const caffe::Error& error) {
        if (!std::regex_search(error.what(), std::regex("unknown layer type"))) return;
      }
      try {
        throw std::out_of_range("the program's");
      } catch (const std::logic_error& error) {
        answers[i] = error.what();
      }
      answers[i] = answer_of(clones[i], static_cast<float>(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& answer : answers) std::cout << answer << '\n';
#if defined(_LIBCPP_VERSION)
  std::cout << "libc++\n";
#elif defined(__GLIBCXX__)
  std::cout << "libstdc++\n";
#endif
}
