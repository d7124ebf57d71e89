#!/usr/bin/env sh
# Computes the mean of the images that create_imagenet.sh has put into the LMDB for training.
set -eu
. "$(dirname "$0")/../tools.sh"

EXAMPLE=${EXAMPLE:-examples/imagenet}
DATA=${DATA:-data/ilsvrc12}
need "$EXAMPLE/ilsvrc12_train_lmdb" examples/imagenet/create_imagenet.sh
"$TOOLS/caffe" compute_image_mean "$EXAMPLE/ilsvrc12_train_lmdb" "$DATA/imagenet_mean.binaryproto"
echo "Done."
