/* Models: from a folder with a card to labels. */
#include "c/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blue, green and red of each pixel go to the three classes as they are, so that the largest is the
 * colour that there is most of. */
static const char* const kColors =
    "name: \"colors\"\n"
    "layer { name: \"data\" type: \"Input\" top: \"data\"\n"
    "        input_param { shape { dim: 1 dim: 3 dim: 1 dim: 1 } } }\n"
    "layer { name: \"ip\" type: \"InnerProduct\" bottom: \"data\" top: \"ip\"\n"
    "        inner_product_param { num_output: 3 bias_term: false } }\n";

static const char* const kCard =
    "---\n"
    "name: Colors\n"
    "caffemodel: colors.caffemodel\n"
    "task: image classification\n"
    "files: [{name: colors.prototxt, role: definition}]\n"
    "inputs:\n"
    "- {name: data, shape: [1, 3, 1, 1], order: BGR, mean: [10, 20, 30], scale: 2}\n"
    "labels: [blue, green, red]\n"
    "expected: {image: red.ppm, output: ip, top: [{index: 2, value: 450}]}\n"
    "---\n";

static void write_text(const char* name, const char* text) {
  write_file(scratch(name), text, (long)strlen(text));
}

/* An image of one colour; the PPM format has red first. */
static void write_image(const char* name, int red, int green, int blue) {
  char file[64];
  const int size = sprintf(file, "P6 2 2 255\n");
  int i;
  for (i = 0; i < 4; ++i) {
    file[size + 3 * i] = (char)red;
    file[size + 3 * i + 1] = (char)green;
    file[size + 3 * i + 2] = (char)blue;
  }
  write_file(scratch(name), file, size + 12);
}

/* The card's path, all files of the model beside it. */
static const char* make_model(const char* card) {
  const float identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  caffe_net* net = make_net(kColors, CAFFE_TEST);
  caffe_blob* weights;
  CHECK_OK(caffe_net_param(&weights, net, 0));
  CHECK_OK(caffe_blob_set_data(weights, identity, 9));
  CHECK_OK(caffe_net_save_weights(net, scratch("colors.caffemodel"), 0));
  caffe_net_destroy(net);
  write_text("colors.prototxt", kColors);
  write_image("red.ppm", 255, 128, 0);
  write_image("blue.ppm", 0, 20, 250);
  write_text("readme.md", card);
  return scratch("readme.md");
}

static caffe_model* open_model(void) {
  caffe_model* model = NULL;
  const caffe_status status = caffe_model_open(&model, make_model(kCard), NULL);
  if (status == CAFFE_UNSUPPORTED) SKIP(caffe_last_error());
  CHECK_OK(status);
  return model;
}

static int input_is(caffe_model* model, int64_t item, float blue, float green, float red) {
  caffe_blob* input;
  const float* values;
  CHECK_OK(caffe_model_input(&input, model));
  CHECK_OK(caffe_blob_data(&values, input));
  values += 3 * item;
  return values[0] == blue && values[1] == green && values[2] == red;
}

TEST(model_classifies_a_file) {
  caffe_model* model = open_model();
  const char* text;
  int64_t best[3], count;
  float values[3];
  CHECK_OK(caffe_model_name(&text, model));
  CHECK(strcmp(text, "Colors") == 0);
  CHECK_OK(caffe_model_task(&text, model));
  CHECK(strcmp(text, "image classification") == 0);
  CHECK_OK(caffe_model_label_count(&count, model));
  CHECK(count == 3);
  CHECK_OK(caffe_model_predict(model, scratch("red.ppm")));
  CHECK(input_is(model, 0, -20, 216, 450));
  CHECK_OK(caffe_model_top(best, values, model, NULL, 0, 3));
  CHECK(best[0] == 2 && best[1] == 1 && best[2] == 0);
  CHECK(values[0] == 450 && values[2] == -20);
  CHECK_OK(caffe_model_label(&text, model, best[0]));
  CHECK(strcmp(text, "red") == 0);
  CHECK_OK(caffe_model_predict(model, scratch("blue.ppm")));
  CHECK_OK(caffe_model_top(best, NULL, model, "ip", 0, 1));
  CHECK(best[0] == 0);
  CHECK_OK(caffe_model_check(model));
  caffe_model_destroy(model);
}

TEST(model_takes_images_of_every_kind) {
  const uint8_t rgb[3] = {255, 128, 0}, bgra[4] = {0, 128, 255, 7}, gray[1] = {100};
  const float floats[3] = {0, 128, 255}, between[3] = {0.25f, 128, 255};
  caffe_model* model = open_model();
  long size;
  char* file;
  CHECK_OK(caffe_model_set_batch(model, 6));
  CHECK_OK(caffe_model_set_pixels(model, 0, rgb, 1, 1, "RGB"));
  CHECK_OK(caffe_model_set_pixels(model, 1, bgra, 1, 1, "BGRA"));
  CHECK_OK(caffe_model_set_float_pixels(model, 2, floats, 1, 1, "BGR"));
  CHECK_OK(caffe_model_set_float_pixels(model, 3, between, 1, 1, "BGR"));
  CHECK_OK(caffe_model_set_image(model, 4, scratch("red.ppm")));
  file = read_file(scratch("red.ppm"), &size);
  CHECK_OK(caffe_model_set_image_from_memory(model, 5, file, size));
  free(file);
  CHECK(input_is(model, 0, -20, 216, 450) && input_is(model, 1, -20, 216, 450));
  CHECK(input_is(model, 2, -20, 216, 450) && input_is(model, 3, -19.5f, 216, 450));
  CHECK(input_is(model, 4, -20, 216, 450) && input_is(model, 5, -20, 216, 450));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_NONE)); /* it is warned of */
  CHECK_OK(caffe_model_set_pixels(model, 1, gray, 1, 1, "gray"));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
  CHECK(input_is(model, 1, 180, 160, 140));
  caffe_model_destroy(model);
}

TEST(model_runs_batches) {
  caffe_model* model = open_model();
  caffe_net* net;
  int64_t best;
  CHECK_OK(caffe_model_net(&net, model));
  CHECK_OK(caffe_model_set_batch(model, 2));
  CHECK_OK(caffe_model_set_image(model, 0, scratch("red.ppm")));
  CHECK_OK(caffe_model_set_image(model, 1, scratch("blue.ppm")));
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_model_top(&best, NULL, model, NULL, 0, 1));
  CHECK(best == 2);
  CHECK_OK(caffe_model_top(&best, NULL, model, NULL, 1, 1));
  CHECK(best == 0);
  CHECK_FAILS(caffe_model_set_image(model, 2, scratch("red.ppm")), CAFFE_NOT_FOUND,
              "item 2 of a batch of 2");
  CHECK_FAILS(caffe_model_top(&best, NULL, model, NULL, 2, 1), CAFFE_NOT_FOUND, "no item 2");
  CHECK_FAILS(caffe_model_set_batch(model, 0), CAFFE_INVALID_ARGUMENT, "a batch has 0 images");
  caffe_model_destroy(model);
}

TEST(model_lends_its_net) {
  caffe_model* model = open_model();
  caffe_net *net, *again;
  caffe_blob* blob;
  int64_t count;
  CHECK_OK(caffe_model_net(&net, model));
  CHECK_OK(caffe_model_net(&again, model));
  CHECK(net == again);
  CHECK_OK(caffe_model_output(&blob, model, NULL));
  caffe_net_destroy(net); /* goes with its model */
  CHECK_OK(caffe_net_forward(NULL, net));
  caffe_model_destroy(model);
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_INVALID_ARGUMENT, "net");
  CHECK_FAILS(caffe_blob_count(&count, blob), CAFFE_INVALID_ARGUMENT, "blob");
  CHECK_FAILS(caffe_model_net(&net, model), CAFFE_INVALID_ARGUMENT, "model");
  caffe_model_destroy(NULL);
}

TEST(model_options_are_its_nets) {
  caffe_model* model = open_model();
  caffe_net* net;
  char* text;
  caffe_model_destroy(model);
  CHECK_OK(caffe_model_open(&model, scratch("readme.md"), "net { backend: \"reference\" }"));
  CHECK_OK(caffe_model_net(&net, model));
  CHECK_OK(caffe_net_prototxt(&text, net));
  CHECK(strstr(text, "colors") != NULL);
  caffe_free(text);
  caffe_model_destroy(model);
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), "trusts: true"), CAFFE_PARSE,
              "did you mean \"trust\"");
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), "net { weights: \"none\" }"), CAFFE_IO,
              "none");
}

TEST(model_files_that_are_not_there) {
  caffe_model* model = open_model();
  caffe_model_destroy(model);
  model = NULL;
  CHECK_FAILS(caffe_model_open(&model, scratch("nowhere"), NULL), CAFFE_IO, "nowhere");
  CHECK(remove(scratch("colors.caffemodel")) == 0);
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), NULL), CAFFE_IO,
              "scripts/download_model_binary.py");
  CHECK(remove(scratch("colors.prototxt")) == 0);
  make_model("---\nname: Colors\ncaffemodel: colors.caffemodel\n---\n");
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), NULL), CAFFE_IO, "deploy.prototxt");
  make_model("---\nname: Colors\n---\n");
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), NULL), CAFFE_NOT_FOUND,
              "names no weights");
  make_model("---\nname: [Colors\n---\n");
  CHECK_FAILS(caffe_model_open(&model, scratch("readme.md"), NULL), CAFFE_PARSE, "readme.md:");
  CHECK(model == NULL);
}

TEST(model_that_answers_otherwise) {
  const float other[9] = {0, 0, 1, 0, 1, 0, 1, 0, 0};
  caffe_model* model = open_model();
  caffe_net* net;
  caffe_blob* weights;
  CHECK_OK(caffe_model_net(&net, model));
  CHECK_OK(caffe_net_param(&weights, net, 0));
  CHECK_OK(caffe_blob_set_data(weights, other, 9));
  CHECK_FAILS(caffe_model_check(model), CAFFE_PARSE, "answers -20 for value 2 of \"ip\"");
  caffe_model_destroy(model);
  CHECK_OK(caffe_model_open(&model,
                            make_model("---\nname: Colors\ncaffemodel: colors.caffemodel\n"
                                       "files: [{name: colors.prototxt, role: definition}]\n---\n"),
                            NULL));
  CHECK_FAILS(caffe_model_check(model), CAFFE_NOT_FOUND, "no example");
  caffe_model_destroy(model);
}

TEST(model_arguments_are_checked) {
  caffe_model* model = open_model();
  caffe_blob* blob;
  const uint8_t pixel[3] = {1, 2, 3};
  const char* text;
  int64_t best[4];
  CHECK_FAILS(caffe_model_open(NULL, "x", NULL), CAFFE_INVALID_ARGUMENT, "model is NULL");
  CHECK_FAILS(caffe_model_open(&model, NULL, NULL), CAFFE_INVALID_ARGUMENT, "path is NULL");
  CHECK_FAILS(caffe_model_label(&text, model, 3), CAFFE_NOT_FOUND, "no label 3");
  CHECK_FAILS(caffe_model_output(&blob, model, "ipp"), CAFFE_NOT_FOUND, "did you mean \"ip\"");
  CHECK_FAILS(caffe_model_top(best, NULL, model, NULL, 0, 4), CAFFE_INVALID_ARGUMENT,
              "the 4 largest of 3");
  CHECK_FAILS(caffe_model_set_pixels(model, 0, NULL, 1, 1, "RGB"), CAFFE_INVALID_ARGUMENT,
              "pixels is NULL");
  CHECK_FAILS(caffe_model_set_pixels(model, 0, pixel, 1, 1, "RBG"), CAFFE_INVALID_ARGUMENT,
              "expected BGR, RGB");
  CHECK_FAILS(caffe_model_set_pixels(model, 0, pixel, 0, 1, "RGB"), CAFFE_SHAPE, "0 x 1");
  CHECK_FAILS(caffe_model_set_image_from_memory(model, 0, "none", 4), CAFFE_PARSE, "image");
  CHECK_FAILS(caffe_model_set_image_from_memory(model, 0, NULL, 4), CAFFE_INVALID_ARGUMENT,
              "bytes is NULL");
  CHECK_FAILS(caffe_model_predict(GARBAGE(caffe_model), "x"), CAFFE_INVALID_ARGUMENT, "model");
  CHECK_FAILS(caffe_model_predict(model, scratch("none.png")), CAFFE_IO, "none.png");
  caffe_model_destroy(model);
}
