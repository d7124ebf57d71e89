#!/usr/bin/env sh
# Trains the full net on CIFAR-10: 60,000 batches, then twice 5,000, each time at a tenth of the rate.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_full_solver.prototxt "$@"
"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_full_solver_lr1.prototxt \
  --snapshot=examples/cifar10/cifar10_full_iter_60000.solverstate.h5 "$@"
"$TOOLS/caffe" train --solver=examples/cifar10/cifar10_full_solver_lr2.prototxt \
  --snapshot=examples/cifar10/cifar10_full_iter_65000.solverstate.h5 "$@"
