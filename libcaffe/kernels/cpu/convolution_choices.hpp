// Which candidate was the fastest for which convolution: what was measured in this process, and,
// where there is a file for it, in others on machines like this one.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kernels/kernels.hpp"

namespace caffe {

// A text of all that a choice depends on, but the machine. What is done with each result is not in
// it: the same convolution with and without an activation shall round alike.
std::string convolution_key(const ConvolutionSpec& spec, int threads);

class ConvolutionChoices {
 public:
  // `path` may be "": then nothing outlives the process. A file that is none of ours is left alone
  // and lines of one that are damaged are dropped, both with a warning; so is a file that cannot
  // be written.
  explicit ConvolutionChoices(std::string path);

  std::optional<std::string> find(const std::string& key) const;
  // Writes the file anew, with what others have written there meanwhile.
  void remember(const std::string& key, const std::string& candidate);

 private:
  using Lines = std::map<std::string, std::string>;  // "machine<tab>key" to a candidate

  // Adds what the file says that is not known yet; returns what is to be warned of, or "".
  std::string load();
  std::string save() const;

  const std::string path_;
  mutable std::mutex mutex_;
  Lines lines_;
  bool writes_;
};

// The process's own, with the file that CAFFE_CONVOLUTION_CACHE in the environment names.
ConvolutionChoices& convolution_choices();

}  // namespace caffe
