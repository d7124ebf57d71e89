#!/usr/bin/env sh
# Trains LeNet from a solver that has the nets in it.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/mnist/lenet_consolidated_solver.prototxt "$@"
