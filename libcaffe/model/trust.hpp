// Which Python code a model may run: only what its card names.
#pragma once

#include "model/card.hpp"
#include "schema/messages.hpp"

namespace caffe {

// Fails with kUnsupported on a layer of Python whose module, or class, the card does not name in
// trusted_layers. Nothing is imported before that.
void check_trusted(const NetParameter& definition, const ModelCard& card);

}  // namespace caffe
