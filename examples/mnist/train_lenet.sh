#!/usr/bin/env sh
# Trains LeNet on MNIST's digits: 10,000 batches.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/mnist/lenet_solver.prototxt "$@"
