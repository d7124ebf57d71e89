// The programs that the original itself had replaced by `caffe` before version 1.0.
#pragma once

#include <string_view>

namespace caffe::tool {

// When `name`, a path perhaps, is that of such a program: fails, and says what to type instead of
// it with the arguments that follow.
void refuse_replaced(std::string_view name, int argc, const char* const* argv);

}  // namespace caffe::tool
