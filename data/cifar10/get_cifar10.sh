#!/usr/bin/env sh
# Fetches CIFAR-10's binary files into this folder and checks them; goes on where it was interrupted.
# $CAFFE_CIFAR10_URL names another place that has cifar-10-binary.tar.gz.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec "$root/scripts/python" "$root/data/get.py" cifar10
