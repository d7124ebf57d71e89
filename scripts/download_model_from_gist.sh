#!/bin/sh
# Downloads the definitions and the readme.md of a model that was published as a gist, into DIR/ID (USER/ID: DIR/USER-ID):
#   scripts/download_model_from_gist.sh ID [DIR]       DIR is ./models when none is named
# Then scripts/download_model_binary.py DIR/ID brings the weights.
set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  echo "usage: download_model_from_gist.sh ID [DIR]" >&2
  exit 2
fi
exec "$(dirname "$0")/python" -m caffe zoo download --gist --no-weights --to "${2:-./models}" -- "$1"
