// Datum records: one image with its label, as databases hold them.
#pragma once

#include <span>
#include <string_view>

#include "data/pixels.hpp"
#include "data/transformer.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Fails when the bytes are no Datum.
Datum read_datum(std::string_view bytes);

// The image in a datum, borrowed from it, or from `decoded` when it is an encoded file: that is
// decoded into the colours that `param` forces, else into those it has. Fails when the values are
// not channels x height x width many, or the file is damaged.
// `damage` is decode_image's.
Image datum_image(const Datum& datum, const TransformationParameter& param, Pixels& decoded,
                  std::string* damage = nullptr);

// The floats of a record without a label that are not its image, which is of bytes: several values
// to learn instead of one class. Empty for every other record.
std::span<const float> label_vector(const Datum& datum);

// For messages about records of several shapes: what makes the channels of encoded ones equal; ""
// when they are, or the record is not encoded.
const char* colors_differ(const Datum& datum, int64_t channels, int64_t first_channels);

// Makes the pixels, one channel behind the other, those of the datum.
void set_pixels(Datum& datum, const Pixels& pixels);

}  // namespace caffe
