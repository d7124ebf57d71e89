/* Says which digit is in each image:
 *
 *     classify deploy.prototxt net.caffemodel image.pgm ... images-idx3-ubyte ...
 *
 * prints a line for each, "file class probability"; an image of an IDX file (as MNIST comes,
 * unpacked) is called file:index. The net takes grey images of one size as values of 0 to 1, N x 1
 * x H x W, and its first output has a probability for each class.
 *
 *     cc -o classify classify.c $(pkg-config --cflags --libs caffe)
 */
#include <caffe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kBatch = 100 }; /* images that go through the net at once */

static caffe_net* net;
static int64_t height, width;

static void stop(const char* what, const char* why) {
  fprintf(stderr, "classify: %s: %s\n", what, why);
  exit(1);
}

/* Every call of the library goes through this. */
static void check(caffe_status status) {
  if (status != CAFFE_OK) stop(caffe_status_name(status), caffe_last_error());
}

static void load_net(const char* definition, const char* weights) {
  caffe_blob* data;
  int axes;
  int64_t channels;
  check(caffe_net_create(&net, definition, CAFFE_TEST, NULL));
  check(caffe_net_load_weights(net, weights));
  check(caffe_net_input(&data, net, 0));
  check(caffe_blob_axes(&axes, data));
  if (axes != 4) stop(definition, "the input is not N x 1 x H x W");
  check(caffe_blob_dim(&channels, data, 1));
  check(caffe_blob_dim(&height, data, 2));
  check(caffe_blob_dim(&width, data, 3));
  if (channels != 1) stop(definition, "the net is not for grey images");
}

/* Classifies `count` images and prints an answer for each; `first` is the index of the first of
 * them in an IDX file, or -1. */
static void classify(const char* file, const unsigned char* pixels, int64_t count, long first) {
  int64_t shape[4], values, classes, i, j;
  caffe_blob *data, *prob;
  float* in;
  const float* out;
  shape[0] = count;
  shape[1] = 1;
  shape[2] = height;
  shape[3] = width;
  check(caffe_net_input(&data, net, 0));
  check(caffe_blob_reshape(data, 4, shape));
  check(caffe_blob_mutable_data(&in, data));
  for (i = 0; i < count * height * width; ++i) in[i] = (float)pixels[i] / 256;

  check(caffe_net_forward(NULL, net));

  check(caffe_net_output(&prob, net, 0));
  check(caffe_blob_count(&values, prob));
  check(caffe_blob_data(&out, prob));
  classes = values / count;
  for (i = 0; i < count; ++i) {
    const float* row = out + i * classes;
    int64_t best = 0;
    for (j = 1; j < classes; ++j) {
      if (row[j] > row[best]) best = j;
    }
    if (first < 0) {
      printf("%s %d %.6f\n", file, (int)best, row[best]);
    } else {
      printf("%s:%ld %d %.6f\n", file, first + (long)i, (int)best, row[best]);
    }
  }
}

static unsigned char* room_for(int64_t count) {
  unsigned char* pixels = malloc((size_t)(count * height * width));
  if (pixels == NULL) stop("images", "out of memory");
  return pixels;
}

/* The next number of a PGM's head; comments run from # to the end of the line. */
static int pgm_number(FILE* input) {
  int c = fgetc(input), number = -1;
  while (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '#') {
    if (c == '#') {
      while (c != '\n' && c != EOF) c = fgetc(input);
    }
    c = fgetc(input);
  }
  for (; c >= '0' && c <= '9' && number < 100000; c = fgetc(input)) {
    number = (number < 0 ? 0 : number * 10) + (c - '0');
  }
  return number; /* one blank behind it has been read */
}

static void classify_pgm(const char* file, FILE* input) {
  const int w = pgm_number(input), h = pgm_number(input), most = pgm_number(input);
  unsigned char* pixels = room_for(1);
  int64_t i;
  if (most < 1 || most > 255) stop(file, "not a PGM image of 8 bits");
  if (w != width || h != height) stop(file, "the image has another size than the net's input");
  if (fread(pixels, 1, (size_t)(height * width), input) != (size_t)(height * width)) {
    stop(file, "the image is cut short");
  }
  for (i = 0; i < height * width; ++i) pixels[i] = (unsigned char)(pixels[i] * 255 / most);
  classify(file, pixels, 1, -1);
  free(pixels);
}

/* A number of an IDX file's head: 4 bytes, the highest first. */
static long idx_number(FILE* input) {
  unsigned char b[4] = {0, 0, 0, 0};
  if (fread(b, 1, 4, input) != 4) return -1;
  return (long)b[0] << 24 | (long)b[1] << 16 | (long)b[2] << 8 | (long)b[3];
}

static void classify_idx(const char* file, FILE* input) {
  const long images = idx_number(input), h = idx_number(input), w = idx_number(input);
  unsigned char* pixels = room_for(kBatch);
  long i;
  if (w != width || h != height) stop(file, "the images have another size than the net's input");
  for (i = 0; i < images; i += kBatch) {
    const size_t count = (size_t)(images - i < kBatch ? images - i : kBatch);
    if (fread(pixels, (size_t)(height * width), count, input) != count) {
      stop(file, "the file is cut short");
    }
    classify(file, pixels, (int64_t)count, i);
  }
  free(pixels);
}

static void classify_file(const char* file) {
  char magic[4] = "";
  FILE* input = fopen(file, "rb");
  if (input == NULL) stop(file, "cannot be opened");
  if (fread(magic, 1, 2, input) == 2 && memcmp(magic, "P5", 2) == 0) {
    classify_pgm(file, input);
  } else if (fread(magic + 2, 1, 2, input) == 2 && memcmp(magic, "\0\0\x08\x03", 4) == 0) {
    classify_idx(file, input);
  } else {
    stop(file, "neither a binary PGM image (P5) nor an IDX file of images");
  }
  fclose(input);
}

int main(int argc, char** argv) {
  int i;
  if (argc < 4) {
    fprintf(stderr, "usage: classify deploy.prototxt net.caffemodel image ...\n");
    return 2;
  }
  check(caffe_set_log_level(CAFFE_LOG_WARNING));
  load_net(argv[1], argv[2]);
  for (i = 3; i < argc; ++i) classify_file(argv[i]);
  caffe_net_destroy(net);
  return 0;
}
