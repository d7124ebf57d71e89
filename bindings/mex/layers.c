/* Commands of layers. */
#include "gateway.h"

OWNED_TEXT(layer_prototxt, layer_in)

void command_layer_describe(const call* c) {
  static const char* fields[] = {"name", "type", "phase", "blobs"};
  caffe_layer* layer = layer_in(c);
  const char *name, *type;
  caffe_blob* blob;
  mxArray* blobs;
  int64_t count, i;
  int phase;
  check(caffe.layer_name(&name, layer));
  check(caffe.layer_type(&type, layer));
  check(caffe.layer_phase(&phase, layer));
  check(caffe.layer_blob_count(&count, layer));
  *c->result = mxCreateStructMatrix(1, 1, 4, fields);
  field(c, "name", mxCreateString(name));
  field(c, "type", mxCreateString(type));
  field(c, "phase", mxCreateString(phases[phase]));
  blobs = field(c, "blobs", new_handles(count));
  for (i = 0; i < count; ++i) {
    check(caffe.layer_blob(&blob, layer, i));
    put_handle(blobs, i, blob);
  }
}

void command_layer_implementation(const call* c) {
  const char* text;
  check(caffe.layer_implementation(&text, layer_in(c)));
  *c->result = mxCreateString(text);
}
