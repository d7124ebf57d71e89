// kernels/cpu/convolution/choices.cpp and measured.cpp: what is measured, remembered,
// and read again.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/files.hpp"
#include "cpp/kernels/backends.hpp"
#include "kernels/cpu/convolution/choices.hpp"
#include "kernels/cpu/convolution/measured.hpp"
#include "support/folder.hpp"

namespace caffe::test {
namespace {

constexpr const char* kKey = "threads 2 x1x8x9x9 w8x8x3x3";

ConvolutionSpec small_spec(int64_t images) {
  ConvolutionSpec spec;
  spec.bottom = {images, 64, 64, 64}, spec.top = {images, 64, 62, 62};
  spec.weights = {64, 64, 3, 3};
  spec.kernel = {3, 3}, spec.stride = spec.dilation = {1, 1}, spec.pad = {0, 0};
  return spec;
}

// What the fakes take of it is certain, whatever else the machine does.
Seconds fake_time(0);
Seconds fake_now() {
  return fake_time;
}

// Counts what is asked of it; its results are its mark.
template <int kMark>
class Fake final : public Convolution {
 public:
  static inline int made = 0, alive = 0;
  static inline Shape last;  // bottom of the last one that ran

  explicit Fake(const ConvolutionSpec& spec) : spec_(spec) { ++made, ++alive; }
  ~Fake() override { --alive; }

  void forward(ConstTensor /*x*/, ConstTensor /*w*/, std::optional<ConstTensor> /*b*/,
               const FusedOperands& /*fused*/, Tensor y) override {
    fake_time += Seconds(kMark == 1 ? 2e-3 : 1e-3);
    last = spec_.bottom;
    std::fill_n(y.write(), y.count(), static_cast<float>(kMark));
  }
  void backward_data(ConstTensor /*dy*/, ConstTensor /*w*/, Tensor /*dx*/) override {}
  void backward_weights(ConstTensor /*x*/, ConstTensor /*dy*/, std::optional<Tensor> /*dw*/,
                        std::optional<Tensor> /*db*/) override {}
  std::string implementation() const override { return str("fake ", kMark); }

  static std::unique_ptr<Convolution> make(const ConvolutionSpec& spec) {
    return std::make_unique<Fake>(spec);
  }

 private:
  const ConvolutionSpec spec_;
};

using Slow = Fake<1>;
using Fast = Fake<2>;

std::string implementation_after_forward(const ConvolutionSpec& spec, ConvolutionChoices& choices) {
  Blob x(spec.bottom), w(spec.weights), y(spec.top);
  const auto convolution =
      measured_convolution(spec, {{"slow", Slow::make}, {"fast", Fast::make}}, choices, fake_now);
  convolution->forward(std::as_const(x).data(), std::as_const(w).data(), std::nullopt, y.data());
  CHECK_EQ(y.data().read()[0], convolution->implementation() == "fake 1" ? 1 : 2);
  CHECK_EQ(Slow::alive + Fast::alive, 1);  // losers keep nothing
  return convolution->implementation();
}

std::string written(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  return path;
}

}  // namespace

TEST(measured_convolution_takes_the_fastest_and_remembers) {
  ConvolutionChoices choices("");
  const ConvolutionSpec spec = small_spec(1);
  CHECK_EQ(implementation_after_forward(spec, choices), "fake 2");
  CHECK_EQ(choices.find(convolution_key(spec, num_threads())).value_or(""), "fast");
  const int slow_made = Slow::made;
  CHECK_EQ(implementation_after_forward(spec, choices), "fake 2");
  CHECK_EQ(Slow::made, slow_made);
  // What is remembered counts, whatever would be measured.
  choices.remember(convolution_key(spec, num_threads()), "slow");
  CHECK_EQ(implementation_after_forward(spec, choices), "fake 1");
  // A name that is nobody's (of another version) is measured anew.
  choices.remember(convolution_key(spec, num_threads()), "gone");
  CHECK_EQ(implementation_after_forward(spec, choices), "fake 2");
}

TEST(measured_convolution_tries_a_few_images_of_many) {
  ConvolutionChoices choices("");
  CHECK_EQ(implementation_after_forward(small_spec(40), choices), "fake 2");
  CHECK(Slow::last[0] < 40);
  CHECK_EQ(Fast::last[0], 40);
  // The same sample serves all large batches.
  const int slow_made = Slow::made;
  CHECK_EQ(implementation_after_forward(small_spec(50), choices), "fake 2");
  CHECK_EQ(Slow::made, slow_made);
}

TEST(measured_convolution_chooses_for_each_number_of_threads) {
  ConvolutionChoices choices("");
  const ConvolutionSpec spec = small_spec(1);
  choices.remember(convolution_key(spec, 1), "slow");
  choices.remember(convolution_key(spec, 2), "fast");
  Blob x(spec.bottom), w(spec.weights), y(spec.top);
  const auto convolution =
      measured_convolution(spec, {{"slow", Slow::make}, {"fast", Fast::make}}, choices);
  for (const int threads : {1, 2, 1}) {
    set_num_threads(threads);
    convolution->forward(std::as_const(x).data(), std::as_const(w).data(), std::nullopt, y.data());
    CHECK_EQ(convolution->implementation(), str("fake ", threads));
  }
  set_num_threads(0);
}

// A layer that sees ever new sizes: the first ones are measured, others once they have come often.
TEST(measured_convolution_measures_a_size_when_it_pays) {
  ConvolutionChoices choices("");
  const auto size = [](int64_t extent) {
    ConvolutionSpec spec = small_spec(1);
    spec.bottom = {1, 64, extent, 64}, spec.top = {1, 64, extent - 2, 62};
    return spec;
  };
  const auto measured = [&](const ConvolutionSpec& spec) {
    return choices.find(convolution_key(spec, num_threads())).has_value();
  };
  for (int i = 0; i < ConvolutionChoices::kReadily; ++i) {
    CHECK_EQ(implementation_after_forward(size(40 + i), choices), "fake 2");
  }
  const ConvolutionSpec late = size(20);
  for (int i = 1; i < ConvolutionChoices::kOften; ++i) {
    CHECK_EQ(implementation_after_forward(late, choices), "fake 1");  // the first candidate
    CHECK(!measured(late));
  }
  CHECK_EQ(implementation_after_forward(late, choices), "fake 2");
  CHECK(measured(late));
  {  // Forwards of one object count, too, and it changes over when it is time.
    const ConvolutionSpec kept = size(21);
    Blob x(kept.bottom), w(kept.weights), y(kept.top);
    const auto convolution =
        measured_convolution(kept, {{"slow", Slow::make}, {"fast", Fast::make}}, choices, fake_now);
    for (int i = 1; i <= ConvolutionChoices::kOften; ++i) {
      convolution->forward(std::as_const(x).data(), std::as_const(w).data(), std::nullopt,
                           y.data());
      CHECK_EQ(convolution->implementation(), i < ConvolutionChoices::kOften ? "fake 1" : "fake 2");
    }
  }
  // What has been measured before, or other weights, are not held up by it.
  CHECK_EQ(implementation_after_forward(size(40), choices), "fake 2");
  ConvolutionSpec other = size(20);
  other.weights = {64, 64, 3, 5};
  CHECK_EQ(implementation_after_forward(other, choices), "fake 2");
}

TEST(convolution_choices_are_bounded) {
  const Folder folder;
  const std::string path = folder.file("choices");
  std::string text = "libcaffe's fastest convolutions, 1\n";
  for (size_t i = 0; i < 2 * kMostChoices; ++i) text += str("Another processor\t", i, "\tonednn\n");
  ConvolutionChoices choices(written(path, text));
  choices.remember(kKey, "winograd4");
  CHECK_EQ(choices.find(kKey).value_or(""), "winograd4");
  const std::string after = read_file(path);
  CHECK_EQ(std::count(after.begin(), after.end(), '\n'), 1 + static_cast<int64_t>(kMostChoices));
  CHECK_EQ(ConvolutionChoices(path).find(kKey).value_or(""), "winograd4");
}

TEST(convolution_keys_tell_apart_what_matters) {
  const ConvolutionSpec spec = small_spec(1);
  std::vector<ConvolutionSpec> others(7, spec);
  others[0].bottom = {2, 64, 64, 64};
  others[1].weights = {32, 64, 3, 3};
  others[2].stride = {1, 2};
  others[3].pad = {1, 0};
  others[4].dilation = {2, 1};
  others[5].group = 2;
  others[6].joint_channels = 128;
  for (const ConvolutionSpec& other : others) {
    CHECK(convolution_key(other, 2) != convolution_key(spec, 2));
  }
  CHECK(convolution_key(spec, 1) != convolution_key(spec, 2));
  ConvolutionSpec fused = spec;
  fused.addend = true, fused.activation.kind = Activation::kRelu;
  CHECK_EQ(convolution_key(fused, 2), convolution_key(spec, 2));
  // A family is what is left without the first of these.
  CHECK_EQ(convolution_family(others[0], 2), convolution_family(spec, 2));
  for (size_t i = 1; i < others.size(); ++i) {
    CHECK(convolution_family(others[i], 2) != convolution_family(spec, 2));
  }
}

TEST(convolution_choices_outlive_their_process_in_a_file) {
  const Folder folder;
  const std::string path = folder.file("choices");
  ConvolutionChoices first(path), second(path);
  CHECK(!first.find(kKey));
  first.remember(kKey, "winograd4");
  second.remember("another", "onednn");  // keeps what the first one has written meanwhile
  ConvolutionChoices third(path);
  CHECK_EQ(third.find(kKey).value_or(""), "winograd4");
  CHECK_EQ(third.find("another").value_or(""), "onednn");
}

TEST(convolution_choices_of_other_machines_stay) {
  const Folder folder;
  const std::string path = folder.file("choices");
  ConvolutionChoices(path).remember(kKey, "winograd4");
  std::string text = read_file(path);
  const std::string foreign = str("Another processor\t", kKey, "\tonednn\n");
  written(path, text + foreign);
  ConvolutionChoices choices(path);
  CHECK_EQ(choices.find(kKey).value_or(""), "winograd4");
  choices.remember(kKey, "winograd2");
  CHECK(read_file(path).find(foreign) != std::string::npos);
}

TEST(convolution_choices_leave_a_foreign_file_alone) {
  const Folder folder;
  const std::string path = folder.file("letter", "Dear Sir,\n");
  ConvolutionChoices choices(path);
  choices.remember(kKey, "winograd4");
  CHECK_EQ(choices.find(kKey).value_or(""), "winograd4");
  CHECK_EQ(read_file(path), "Dear Sir,\n");
}

TEST(convolution_choices_drop_damaged_lines) {
  const Folder folder;
  const std::string path = folder.file("choices");
  ConvolutionChoices(path).remember(kKey, "winograd4");
  const std::string good = read_file(path);
  for (const char* damage : {"\n", "nothing\n", "one\ttab\n", "no\tname\t\n", "a\tline\tcut"}) {
    written(path, good + damage);
    ConvolutionChoices choices(path);
    CHECK_EQ(choices.find(kKey).value_or(""), "winograd4");
    choices.remember(kKey, "winograd4");
    CHECK_EQ(read_file(path), good);
  }
  written(path, good.substr(0, good.size() - 2));
  CHECK(!ConvolutionChoices(path).find(kKey));
}

TEST(convolution_choices_without_a_place_to_write_stay_in_the_process) {
  ConvolutionChoices choices("/nowhere/at/all");
  choices.remember(kKey, "winograd4");
  CHECK_EQ(choices.find(kKey).value_or(""), "winograd4");
  ConvolutionChoices folder(std::filesystem::temp_directory_path());
  folder.remember(kKey, "onednn");
  CHECK_EQ(folder.find(kKey).value_or(""), "onednn");
}

}  // namespace caffe::test
