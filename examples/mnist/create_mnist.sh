#!/usr/bin/env sh
# Makes databases of MNIST's digits (data/mnist/get_mnist.sh fetches them); those that are there are replaced.
# BACKEND=leveldb makes LevelDBs.
set -eu
. "$(dirname "$0")/../tools.sh"

BACKEND=${BACKEND:-lmdb}
need data/mnist/train-images-idx3-ubyte data/mnist/get_mnist.sh
echo "Creating $BACKEND..."
for part in train:train test:t10k; do
  database=examples/mnist/mnist_${part%:*}_$BACKEND
  files=data/mnist/${part#*:}
  rm -rf "$database"
  "$TOOLS/caffe" convert_mnist_data "$files-images-idx3-ubyte" "$files-labels-idx1-ubyte" "$database" \
    --backend="$BACKEND"
done
echo "Done."
