#!/usr/bin/env sh
# Goes on with the training of train_caffenet.sh from its newest snapshot, or from the one that --snapshot names.
# More arguments go to caffe train: -device cpu, -snapshot, -weights ...
set -eu
. "$(dirname "$0")/../tools.sh"

prefix=models/bvlc_reference_caffenet/caffenet_train_iter_
case " $*" in
  *-snapshot*) ;;
  *)
    if ! ls "$prefix"*.solverstate* >/dev/null 2>&1; then
      echo "$0: there is no snapshot $prefix*.solverstate yet: begin with examples/imagenet/train_caffenet.sh" >&2
      exit 1
    fi
    ;;
esac
"$TOOLS/caffe" train --solver=models/bvlc_reference_caffenet/solver.prototxt --snapshot=auto "$@"
