// Messages of which only some fields mean anything to their reader.
#pragma once

#include <string>
#include <vector>

#include "schema/message.hpp"

namespace caffe {

// Fails when the message, which errors call `name`, gives a field that is not among `known`: it
// would be asked for in vain.
void reject_fields_but(const Message& message, const std::string& name,
                       const std::vector<std::string>& known);

}  // namespace caffe
