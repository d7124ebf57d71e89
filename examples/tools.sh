# Sourced by the scripts in the folders here: goes to the project's root, and finds what `make all` has built.
cd "$(dirname "$0")/../.."
TOOLS=${TOOLS:-build/tools}
if [ ! -x "$TOOLS/caffe" ]; then
  echo "$0: $TOOLS/caffe is not there: build it with make all, or let TOOLS name the folder that has the command" >&2
  exit 1
fi
