// Fields of forks that are not in proto/caffe.proto because what they ask for is not here; those
// that are in it and are not read: unread_fields.hpp.
#pragma once

#include <string_view>

namespace caffe {

// What to write instead of `field` of `message`, a sentence for whoever used it; "" when the field
// is not one of these.
std::string_view instead_of(std::string_view message, std::string_view field);

}  // namespace caffe
