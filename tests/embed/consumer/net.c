/* Somebody else's C program: a net from text, one forward pass. */
#include <caffe.h>
#include <stdio.h>

static const char kNet[] =
    "layer { name: 'data' type: 'Input' top: 'data'"
    "  input_param { shape { dim: 1 dim: 3 } } }"
    "layer { name: 'relu' type: 'ReLU' bottom: 'data' top: 'out' }";

int main(void) {
  caffe_net *net = NULL;
  caffe_blob *in = NULL, *out = NULL;
  const float *result;
  float *values;
  if (caffe_net_create_from_text(&net, kNet, CAFFE_TEST, NULL) || caffe_net_input(&in, net, 0) ||
      caffe_blob_mutable_data(&values, in)) {
    fprintf(stderr, "%s\n", caffe_last_error());
    return 1;
  }
  values[0] = -1;
  values[1] = 2;
  values[2] = 3;
  if (caffe_net_forward(NULL, net) || caffe_net_output(&out, net, 0) || caffe_blob_data(&result, out)) {
    fprintf(stderr, "%s\n", caffe_last_error());
    return 1;
  }
  printf("%g %g %g\n", result[0], result[1], result[2]);
  caffe_net_destroy(net);
  return 0;
}
