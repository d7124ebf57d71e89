// Datum records: one image with its label, as databases hold them.
#pragma once

#include <string_view>

#include "data/transformer.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Fails when the bytes are no Datum.
Datum read_datum(std::string_view bytes);

// The image in a datum that is not encoded, borrowed from it; fails when its values are not
// channels x height x width many.
Image datum_image(const Datum& datum);

}  // namespace caffe
