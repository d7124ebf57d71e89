#!/bin/sh
# Makes a gist of the text files in a model's folder, or changes the one that its readme.md names (gist_id):
#   scripts/upload_model_to_gist.sh DIR
# The token comes from $GITHUB_TOKEN. Further options are those of `caffe zoo upload`, which this is.
set -eu
if [ $# -lt 1 ]; then
  echo "usage: upload_model_to_gist.sh DIR" >&2
  exit 2
fi
exec "$(dirname "$0")/python" -m caffe zoo upload "$@"
