#!/usr/bin/env sh
# Makes LMDBs of the images that data/ilsvrc12/train.txt and val.txt list (get_ilsvrc_aux.sh there fetches the lists);
# those that are there are replaced. Say where the images are, and RESIZE=true unless all of them have 256 x 256 pixels:
#   TRAIN_DATA_ROOT=/data/train/ VAL_DATA_ROOT=/data/val/ RESIZE=true examples/imagenet/create_imagenet.sh
set -eu
. "$(dirname "$0")/../tools.sh"

EXAMPLE=${EXAMPLE:-examples/imagenet}
DATA=${DATA:-data/ilsvrc12}
TRAIN_DATA_ROOT=${TRAIN_DATA_ROOT:-/path/to/imagenet/train/}
VAL_DATA_ROOT=${VAL_DATA_ROOT:-/path/to/imagenet/val/}
RESIZE=${RESIZE:-false}
side=0
if [ "$RESIZE" = true ]; then side=256; fi

check_folder() { # VARIABLE FOLDER
  if [ ! -d "$2" ]; then
    echo "$0: $1 is $2, which is no folder: let it name the one that has the images of the list" >&2
    exit 1
  fi
}
check_folder TRAIN_DATA_ROOT "$TRAIN_DATA_ROOT"
check_folder VAL_DATA_ROOT "$VAL_DATA_ROOT"
need "$DATA/train.txt" data/ilsvrc12/get_ilsvrc_aux.sh
need "$DATA/val.txt" data/ilsvrc12/get_ilsvrc_aux.sh

create() { # PART ROOT
  echo "Creating $1 lmdb..."
  rm -rf "$EXAMPLE/ilsvrc12_$1_lmdb"
  "$TOOLS/caffe" convert_imageset --resize_height="$side" --resize_width="$side" --shuffle \
    "$2/" "$DATA/$1.txt" "$EXAMPLE/ilsvrc12_$1_lmdb"
}
create train "$TRAIN_DATA_ROOT"
create val "$VAL_DATA_ROOT"
echo "Done."
