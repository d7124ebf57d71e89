// `caffe zoo`: a part of the Python package, which alone goes to the network.
#include "core/error.hpp"
#include "tool/command.hpp"

namespace caffe::tool {

int zoo(const Flags& /*flags*/) {
  fail(Status::kUnsupported,
       "the model zoo is a part of the Python package; type: ", "python -m caffe zoo");
}

}  // namespace caffe::tool
