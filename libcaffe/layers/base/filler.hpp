// Initial values of parameter blobs.
#pragma once

#include "core/blob.hpp"
#include "core/rng.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Fills the blob's data as `param` says, with numbers from `rng`, when it is first read: weights
// that are loaded before that cost no filling. Fails at once on an unknown type and on shapes and
// parameters the type cannot use.
void fill(Blob& blob, const FillerParameter& param, Rng& rng);

}  // namespace caffe
