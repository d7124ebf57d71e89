# Sourced by the scripts in the folders here: goes to the project's root, finds what `make all` has built, and can say
# which script comes before.
cd "$(dirname "$0")/../.."
TOOLS=${TOOLS:-build/tools}
if [ ! -x "$TOOLS/caffe" ]; then
  echo "$0: $TOOLS/caffe is not there: build it with make all, or let TOOLS name the folder that has the command" >&2
  exit 1
fi
need() { # FILE SCRIPT: what has to be there, and what brings or makes it
  if [ ! -e "$1" ]; then
    echo "$0: $1 is not there: run $2 first" >&2
    exit 1
  fi
}
