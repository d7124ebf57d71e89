#!/usr/bin/env sh
# Trains an autoencoder of digits with AdaDelta.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/mnist/mnist_autoencoder_solver_adadelta.prototxt "$@"
