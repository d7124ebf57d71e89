#!/usr/bin/env sh
# Trains two copies of LeNet to put images of one digit beside each other.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/siamese/mnist_siamese_solver.prototxt "$@"
