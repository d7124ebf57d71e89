#!/usr/bin/env sh
# Turns a training log into two tables in the working directory: parse_log.sh caffe.log writes
#   caffe.log.test   #Iters Seconds TestAccuracy TestLoss
#   caffe.log.train  #Iters Seconds TrainingLoss LearningRate
set -eu
if [ $# -lt 1 ]; then
  echo "usage: parse_log.sh caffe.log" >&2
  exit 1
fi
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../../scripts/python" "$here/parse_log.py" --plain "$1" .
