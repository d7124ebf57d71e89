// The file: a line that says what it is, then one a choice,
//   machine <tab> convolution <tab> candidate
#include "kernels/cpu/convolution_choices.hpp"

#include <dnnl.hpp>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "build_config.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "kernels/cpu/isa.hpp"
#include "kernels/cpu/loops.hpp"

namespace caffe {

namespace {

constexpr std::string_view kHeader = "libcaffe's fastest convolutions, 1";

// What is as fast as this: the processor, and the versions of what runs on it.
const std::string& machine() {
  static const auto& machine = *new std::string([] {
    const dnnl_version_t& onednn = *dnnl::version();
    return str(processor_name(), ", ", loops().isa, ", oneDNN ", onednn.major, ".", onednn.minor,
               ".", onednn.patch, ", libcaffe ", CAFFE_VERSION);
  }());
  return machine;
}

template <class Values>
void append(std::ostringstream& out, char name, const Values& values) {
  out << ' ' << name;
  const char* between = "";
  for (const int64_t value : values) out << std::exchange(between, "x") << value;
}

}  // namespace

std::string convolution_key(const ConvolutionSpec& spec, int threads) {
  std::ostringstream out;
  out << "threads " << threads;
  append(out, 'x', spec.bottom.dims());
  append(out, 'w', spec.weights.dims());
  append(out, 's', spec.stride);
  append(out, 'p', spec.pad);
  append(out, 'd', spec.dilation);
  out << " g" << spec.group << " j" << spec.joint_channels;
  return out.str();
}

ConvolutionChoices::ConvolutionChoices(std::string path)
    : path_(std::move(path)), writes_(!path_.empty()) {
  if (path_.empty()) return;
  const std::string warning = load();
  if (!warning.empty()) CAFFE_LOG(kWarning, warning);
}

std::optional<std::string> ConvolutionChoices::find(const std::string& key) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = lines_.find(machine() + '\t' + key);
  if (found == lines_.end()) return std::nullopt;
  return found->second;
}

void ConvolutionChoices::remember(const std::string& key, const std::string& candidate) {
  std::string warning;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_[machine() + '\t' + key] = candidate;
    if (!writes_) return;
    load();
    if (writes_) warning = save();
    if (!warning.empty()) writes_ = false;  // once said is enough
  }
  if (!warning.empty()) CAFFE_LOG(kWarning, warning);
}

std::string ConvolutionChoices::load() {
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
    lines_.emplace(line.substr(0, last), line.substr(last + 1));
  }
  return warning;
}

std::string ConvolutionChoices::save() const {
  std::ostringstream out;
  out << kHeader << '\n';
  for (const auto& [key, candidate] : lines_) out << key << '\t' << candidate << '\n';
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
  static auto& choices = *new ConvolutionChoices([] {
    const char* path = std::getenv("CAFFE_CONVOLUTION_CACHE");
    return std::string(path == nullptr ? "" : path);
  }());
  return choices;
}

}  // namespace caffe
