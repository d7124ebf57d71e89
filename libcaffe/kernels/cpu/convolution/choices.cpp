// The file: a line that says what it is, then one a choice,
//   machine <tab> convolution <tab> candidate
#include "kernels/cpu/convolution/choices.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "build_config.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/made_once.hpp"
#include "kernels/cpu/onednn/onednn.hpp"
#include "kernels/cpu/simd/processor.hpp"
#include "kernels/cpu/simd/simd.hpp"

namespace caffe {

namespace {

constexpr std::string_view kHeader = "libcaffe's fastest convolutions, 1";

// Where the timings of a file hold: the processor, and the versions of the code that ran on it.
const std::string& machine() {
  static MadeOnce<std::string> machine;
  return machine.get([] {
    return str(processor_name(), ", ", simd().name, ", oneDNN ", onednn::version(), ", libcaffe ",
               CAFFE_VERSION);
  });
}

template <class Values>
void append(std::ostringstream& out, char name, const Values& values) {
  out << ' ' << name;
  const char* between = "";
  for (const int64_t value : values) out << std::exchange(between, "x") << value;
}

void append_what_a_family_shares(std::ostringstream& out, const ConvolutionSpec& spec) {
  append(out, 'w', spec.weights.dims());
  append(out, 's', spec.stride);
  append(out, 'p', spec.pad);
  append(out, 'd', spec.dilation);
  out << " g" << spec.group << " j" << spec.joint_channels;
}

}  // namespace

std::string convolution_key(const ConvolutionSpec& spec, int threads) {
  std::ostringstream out;
  out << "threads " << threads;
  append(out, 'x', spec.bottom.dims());
  append_what_a_family_shares(out, spec);
  return out.str();
}

std::string convolution_family(const ConvolutionSpec& spec, int threads) {
  std::ostringstream out;
  out << "threads " << threads;
  append_what_a_family_shares(out, spec);
  return out.str();
}

ConvolutionChoices::ConvolutionChoices(std::string path)
    : path_(std::move(path)), writes_(!path_.empty()) {}

std::optional<std::string> ConvolutionChoices::find(const std::string& key) {
  std::string warning;
  std::optional<std::string> candidate;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    if (!loaded_) warning = load();
    const std::string* const found = lines_.find(machine() + '\t' + key);
    if (found != nullptr) candidate = *found;
  }
  if (!warning.empty()) CAFFE_LOG(kWarning, warning);
  return candidate;
}

bool ConvolutionChoices::worth_measuring(const std::string& family, const std::string& key) {
  const std::lock_guard<Mutex> lock(mutex_);
  const int* const measured = readily_.find(family);
  if (measured == nullptr || *measured < kReadily) {
    readily_.put(family, (measured == nullptr ? 0 : *measured) + 1);
    return true;
  }
  const int* const before = asked_.find(key);
  const int asked = (before == nullptr ? 0 : *before) + 1;
  asked_.put(key, asked);
  return asked >= kOften;
}

void ConvolutionChoices::remember(const std::string& key, const std::string& candidate) {
  std::string warning;
  {
    const std::lock_guard<Mutex> lock(mutex_);
    const bool again = loaded_;
    if (writes_) warning = load();
    if (again) warning.clear();                     // once said is enough
    lines_.put(machine() + '\t' + key, candidate);  // behind what was loaded: it stays
    if (writes_) {
      const std::string failure = save();
      if (!failure.empty()) writes_ = false, warning = failure;
    }
  }
  if (!warning.empty()) CAFFE_LOG(kWarning, warning);
}

std::string ConvolutionChoices::load() {
  loaded_ = true;
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) return "";
  std::string text;
  try {
    text = read_file(path_);
  } catch (const Error& failure) {
    writes_ = false;
    return failure.what();
  }
  if (text.empty()) return "";
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  if (line != kHeader) {
    writes_ = false;
    return str(path_, " holds no choices of convolutions; it is left alone");
  }
  std::string warning;
  for (int number = 2; std::getline(in, line); ++number) {
    const size_t last = line.rfind('\t');
    const size_t first = line.find('\t');
    if (last == std::string::npos || first == last || last + 1 == line.size() || in.eof()) {
      if (warning.empty()) warning = str(path_, ":", number, ": a damaged line is ignored");
      continue;
    }
    const std::string known = line.substr(0, last);
    if (lines_.find(known) == nullptr) lines_.put(known, line.substr(last + 1));
  }
  return warning;
}

std::string ConvolutionChoices::save() const {
  std::map<std::string_view, std::string_view> sorted;
  lines_.for_each([&](const std::string& key, const std::string& candidate) {
    sorted.emplace(key, candidate);
  });
  std::ostringstream out;
  out << kHeader << '\n';
  for (const auto& [key, candidate] : sorted) out << key << '\t' << candidate << '\n';
  try {
    AtomicFile file(path_);
    file.write(out.str());
    file.commit();
  } catch (const Error& failure) {
    return failure.what();
  }
  return "";
}

ConvolutionChoices& convolution_choices() {
  static MadeOnce<ConvolutionChoices> choices;
  return choices.get([] {
    const char* path = std::getenv("CAFFE_CONVOLUTION_CACHE");
    return ConvolutionChoices(path == nullptr ? "" : path);
  });
}

}  // namespace caffe
