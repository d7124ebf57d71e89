/* ONNX files: tests/python/test_onnx.py runs them, here is what C can see. */
#include "c/api.h"

#include <stdlib.h>
#include <string.h>

/* Whether the file holds the text. */
static int holds(const char* path, const char* text) {
  long size, i;
  char* bytes = read_file(path, &size);
  const long length = (long)strlen(text);
  int found = 0;
  for (i = 0; i + length <= size && !found; ++i)
    found = memcmp(bytes + i, text, (size_t)length) == 0;
  free(bytes);
  return found;
}

TEST(onnx_files_hold_the_net) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  const char* path = scratch("net.onnx");
  CHECK_OK(caffe_net_export_onnx(net, path, NULL));
  CHECK(holds(path, "Gemm"));
  CHECK(holds(path, "Relu"));
  CHECK(holds(path, "Softmax"));
  CHECK(!holds(path, "batch"));
  CHECK_OK(caffe_net_export_onnx(net, path, "dynamic_batch: true"));
  CHECK(holds(path, "batch"));
  caffe_net_destroy(net);
}

TEST(onnx_outputs_are_an_option) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  const char* path = scratch("cut.onnx");
  const char* name;
  char options[300] = "output: \"";
  int64_t count;
  CHECK_OK(caffe_net_blob_count(&count, net));
  CHECK_OK(caffe_net_blob_name(&name, net, count - 2));
  CHECK(strlen(name) < 200);
  strcat(strcat(options, name), "\"");
  CHECK_OK(caffe_net_export_onnx(net, path, options));
  CHECK(holds(path, "Gemm"));
  CHECK(!holds(path, "Softmax"));
  CHECK_FAILS(caffe_net_export_onnx(net, path, "output: \"nothing\""), CAFFE_NOT_FOUND, "nothing");
  CHECK_FAILS(caffe_net_export_onnx(net, path, "outputs: \"a\""), CAFFE_PARSE, "output");
  caffe_net_destroy(net);
}

TEST(onnx_refusals) {
  caffe_net *net = make_net(kSmallNet, CAFFE_TRAIN), *other = make_net(kSmallNet, CAFFE_TEST);
  CHECK_FAILS(caffe_net_export_onnx(net, scratch("x.onnx"), NULL), CAFFE_STATE, "phase TRAIN");
  CHECK_FAILS(caffe_net_export_onnx(other, "/nowhere/at/all.onnx", NULL), CAFFE_IO, "/nowhere/at");
  CHECK_FAILS(caffe_net_export_onnx(other, NULL, NULL), CAFFE_INVALID_ARGUMENT, "file is NULL");
  CHECK_FAILS(caffe_net_export_onnx(GARBAGE(caffe_net), "x.onnx", NULL), CAFFE_INVALID_ARGUMENT,
              "net");
  caffe_net_destroy(net);
  caffe_net_destroy(other);
}
