/* The caffe command: all of it is in the library. */
#include "caffe.h"

int main(int argc, char **argv) { return caffe_tool_main(argc, argv); }
