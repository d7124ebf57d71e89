#define _XOPEN_SOURCE 700
#include "c/api.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char* const kSmallNet =
    "name: \"small\"\n"
    "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
    "        input_param { shape { dim: 2 dim: 3 } } }\n"
    "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"data\" top: \"ip\"\n"
    "        param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 2 decay_mult: 0 }\n"
    "        inner_product_param { num_output: 4 weight_filler { type: \"xavier\" } } }\n"
    "layer { name: \"relu\" type: \"ReLU\" bottom: \"ip\" top: \"ip\" }\n"
    "layer { name: \"prob\" type: \"Softmax\" bottom: \"ip\" top: \"prob\" }\n";

const char* const kLossNet =
    "name: \"loss\"\n"
    "layer { name: \"data\" type: \"Input\" top: \"data\" top: \"target\"\n"
    "        input_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 4 } } }\n"
    "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"data\" top: \"ip\"\n"
    "        inner_product_param { num_output: 4 weight_filler { type: \"xavier\" } } }\n"
    "layer { name: \"loss\" type: \"EuclideanLoss\" bottom: \"ip\" bottom: \"target\" top: "
    "\"loss\"\n"
    "        loss_weight: 2 }\n";

/* The log of making nets would bury what the tests say. */
__attribute__((constructor)) static void be_quiet(void) {
  caffe_set_log_level(CAFFE_LOG_WARNING);
}

void check_fails(caffe_status got, caffe_status status, const char* part, const char* file,
                 int line, const char* call) {
  static char text[4096];
  if (got != status) {
    snprintf(text, sizeof text, "%s: %s, expected %s (%s)", call, caffe_status_name(got),
             caffe_status_name(status), caffe_last_error());
    check_failed(file, line, text);
  }
  if (strstr(caffe_last_error(), part) == NULL) {
    snprintf(text, sizeof text, "%s: the message lacks \"%s\": %s", call, part, caffe_last_error());
    check_failed(file, line, text);
  }
}

caffe_net* make_net(const char* text, int phase) {
  caffe_net* net = NULL;
  CHECK_OK(caffe_net_create_from_text(&net, text, phase, NULL));
  CHECK(net != NULL);
  return net;
}

void fill_input(caffe_net* net, int64_t index, float first, float step) {
  caffe_blob* blob;
  float* values;
  int64_t count, i;
  CHECK_OK(caffe_net_input(&blob, net, index));
  CHECK_OK(caffe_blob_count(&count, blob));
  CHECK_OK(caffe_blob_mutable_data(&values, blob));
  for (i = 0; i < count; ++i) values[i] = first + step * (float)i;
}

static char folder[] = "/tmp/caffe-test-c-XXXXXX";

static int remove_one(const char* path, const struct stat* status, int kind, struct FTW* where) {
  (void)status;
  (void)kind;
  (void)where;
  return remove(path);
}

static void remove_folder(void) {
  nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char* scratch(const char* name) {
  static char paths[4][4200];
  static int made, next;
  if (!made) {
    CHECK(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    made = 1;
  }
  next = (next + 1) % 4;
  snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
  return paths[next];
}

char* read_file(const char* path, long* size) {
  FILE* file = fopen(path, "rb");
  char* bytes;
  CHECK(file != NULL);
  fseek(file, 0, SEEK_END);
  *size = ftell(file);
  rewind(file);
  bytes = malloc((size_t)*size + 1);
  CHECK(bytes != NULL);
  CHECK(fread(bytes, 1, (size_t)*size, file) == (size_t)*size);
  bytes[*size] = 0;
  fclose(file);
  return bytes;
}

void write_file(const char* path, const void* bytes, long size) {
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL);
  CHECK(fwrite(bytes, 1, (size_t)size, file) == (size_t)size);
  CHECK(fclose(file) == 0);
}

const char* image_list(void) {
  static const unsigned char png[] = {
      0x89, 'P',  'N',  'G',  13,   10,  26,  10,  0,   0,    0,    13,   'I',  'H',
      'D',  'R',  0,    0,    0,    1,   0,   0,   0,   1,    8,    2,    0,    0,
      0,    0x90, 0x77, 0x53, 0xde, 0,   0,   0,   12,  'I',  'D',  'A',  'T',  0x78,
      0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0,   0,   3,   1,   1,    0,    0xc9, 0xfe, 0x92,
      0xef, 0,    0,    0,    0,    'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  static char list[4200];
  char image[4200], lines[16000];
  snprintf(image, sizeof image, "%s", scratch("red.png"));
  write_file(image, png, sizeof png);
  snprintf(lines, sizeof lines, "%s 0\n%s 1\n%s 2\n", image, image, image);
  snprintf(list, sizeof list, "%s", scratch("images.txt"));
  write_file(list, lines, (long)strlen(lines));
  return list;
}

caffe_status same_shape(void* state, caffe_layer* layer, void* user) {
  caffe_blob *bottom, *top;
  int64_t dims[32];
  int axes, i;
  caffe_status status;
  (void)state;
  (void)user;
  if ((status = caffe_layer_bottom(&bottom, layer, 0)) != CAFFE_OK) return status;
  if ((status = caffe_layer_top(&top, layer, 0)) != CAFFE_OK) return status;
  if ((status = caffe_blob_axes(&axes, bottom)) != CAFFE_OK) return status;
  for (i = 0; i < axes; ++i) {
    if ((status = caffe_blob_dim(&dims[i], bottom, i)) != CAFFE_OK) return status;
  }
  return caffe_blob_reshape(top, axes, dims);
}
