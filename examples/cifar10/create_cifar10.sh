#!/usr/bin/env sh
# Makes databases of CIFAR-10 (data/cifar10/get_cifar10.sh fetches it), and the mean of the one for training; those that
# are there are replaced.
# BACKEND=leveldb makes LevelDBs.
set -eu
. "$(dirname "$0")/../tools.sh"

BACKEND=${BACKEND:-lmdb}
folder=examples/cifar10
need data/cifar10/data_batch_1.bin data/cifar10/get_cifar10.sh
echo "Creating $BACKEND..."
rm -rf "$folder/cifar10_train_$BACKEND" "$folder/cifar10_test_$BACKEND"
"$TOOLS/caffe" convert_cifar_data data/cifar10 "$folder" "$BACKEND"
echo "Computing image mean..."
"$TOOLS/caffe" compute_image_mean --backend="$BACKEND" "$folder/cifar10_train_$BACKEND" "$folder/mean.binaryproto"
echo "Done."
