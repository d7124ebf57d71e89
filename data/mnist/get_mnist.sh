#!/usr/bin/env sh
# Fetches MNIST's four files into this folder, checks and unpacks them; goes on where it was interrupted.
# $CAFFE_MNIST_URL names another place that has them.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec "$root/scripts/python" "$root/data/get.py" mnist
