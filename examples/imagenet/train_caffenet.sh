#!/usr/bin/env sh
# Trains CaffeNet on what create_imagenet.sh and make_imagenet_mean.sh have made.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

"$TOOLS/caffe" train --solver=models/bvlc_reference_caffenet/solver.prototxt "$@"
