#!/usr/bin/env sh
# Trains the quick net on CIFAR-10: 4,000 batches, then 1,000 at a tenth of the rate.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_quick_solver.prototxt "$@"
"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_quick_solver_lr1.prototxt \
  --snapshot=examples/cifar10/cifar10_quick_iter_4000.solverstate "$@"
