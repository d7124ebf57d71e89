#!/usr/bin/env sh
# Fetches ILSVRC12's lists, names and mean, not its images, into this folder; goes on where it was interrupted.
# $CAFFE_ILSVRC12_URL names another place that has caffe_ilsvrc12.tar.gz.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec "$root/scripts/python" "$root/data/get.py" ilsvrc12
