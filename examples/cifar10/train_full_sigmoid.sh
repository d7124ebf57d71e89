#!/usr/bin/env sh
# Trains the net of train_full.sh with sigmoids in place of ReLUs.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_full_sigmoid_solver.prototxt "$@"
