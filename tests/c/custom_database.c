/* Databases of a program's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c/api.h"

/* As many records as the path says: image `i` is two pixels, i and 2 i, and has the label i. */
typedef struct {
  int64_t count, next;
  unsigned char datum[12];
} numbers;

static struct {
  int opened, closed, jumps;
  int64_t fails_at; /* a record that cannot be read; -1 for none */
  int64_t size;     /* what the records say theirs is; 0 for what it is */
} seen = {0, 0, 0, -1, 0};

static caffe_status numbers_open(void** reader, const char* path, void* user) {
  static const unsigned char datum[12] = {8, 1, 16, 1, 24, 2, 34, 2, 0, 0, 40, 0};
  numbers* made;
  if (user != &seen || strcmp(path, "none") == 0) {
    caffe_set_error("there are no numbers here");
    return CAFFE_IO;
  }
  made = (numbers*)malloc(sizeof *made);
  if (made == NULL) return CAFFE_OUT_OF_MEMORY;
  made->count = atoi(path);
  made->next = 0;
  memcpy(made->datum, datum, sizeof datum);
  *reader = made;
  ++seen.opened;
  return CAFFE_OK;
}

static void numbers_close(void* reader, void* user) {
  (void)user;
  free(reader);
  ++seen.closed;
}

static caffe_status numbers_count(int64_t* count, void* reader, void* user) {
  (void)user;
  *count = ((numbers*)reader)->count;
  return CAFFE_OK;
}

static caffe_status numbers_read(const void** bytes, int64_t* size, void* reader, int64_t index,
                                 void* user) {
  numbers* self = (numbers*)reader;
  (void)user;
  if (index == seen.fails_at) {
    self->datum[8] = self->datum[11] = 99; /* what it has lent before ends with any call */
    caffe_set_error("that number is gone");
    return CAFFE_CALLBACK;
  }
  if (index != self->next) ++seen.jumps;
  self->next = (index + 1) % self->count;
  self->datum[8] = (unsigned char)index;
  self->datum[9] = (unsigned char)(2 * index);
  self->datum[11] = (unsigned char)index;
  *bytes = self->datum;
  *size = seen.size != 0 ? seen.size : (int64_t)sizeof self->datum;
  return CAFFE_OK;
}

static caffe_database_callbacks numbers_table(void) {
  caffe_database_callbacks table;
  memset(&table, 0, sizeof table);
  table.size = sizeof table;
  table.open = numbers_open;
  table.close = numbers_close;
  table.count = numbers_count;
  table.read = numbers_read;
  return table;
}

static void need_numbers(void) {
  static int registered = 0;
  const caffe_database_callbacks table = numbers_table();
  if (!registered) CHECK_OK(caffe_database_register("numbers", &table, &seen));
  registered = 1;
  memset(&seen, 0, sizeof seen);
  seen.fails_at = -1;
}

/* A Data layer for three records at once. */
static caffe_status make_reader(caffe_net** net, const char* source, const char* more) {
  char text[512];
  snprintf(text, sizeof text,
           "layer { name: \"d\" type: \"Data\" top: \"x\" top: \"y\"\n"
           "        data_param { source: \"%s\" batch_size: 3 %s } }",
           source, more);
  return caffe_net_create_from_text(net, text, CAFFE_TRAIN, "seed: 3");
}

static void next_batch(caffe_net* net, float labels[3]) {
  caffe_blob *data, *label;
  float pixels[6];
  int i;
  CHECK_OK(caffe_net_forward(NULL, net));
  CHECK_OK(caffe_net_blob_by_name(&data, net, "x"));
  CHECK_OK(caffe_net_blob_by_name(&label, net, "y"));
  CHECK_OK(caffe_blob_get_data(pixels, data, 6));
  CHECK_OK(caffe_blob_get_data(labels, label, 3));
  for (i = 0; i < 6; ++i) CHECK(pixels[i] == labels[i / 2] * (float)(1 + i % 2));
}

TEST(custom_database_is_read_in_order) {
  caffe_net *net, *clone;
  float labels[3];
  int i, batch;
  need_numbers();
  CHECK_OK(make_reader(&net, "numbers://7", ""));
  CHECK_OK(caffe_net_clone(&clone, net));
  for (batch = 0; batch < 5; ++batch) {
    next_batch(net, labels);
    for (i = 0; i < 3; ++i) CHECK(labels[i] == (float)((3 * batch + i) % 7));
  }
  next_batch(clone, labels);
  CHECK(labels[0] == 0);
  caffe_net_destroy(net);
  caffe_net_destroy(clone);
  CHECK(seen.opened >= 2 && seen.closed == seen.opened);
}

TEST(custom_database_is_shuffled) {
  caffe_net* net;
  float labels[3];
  int times[6] = {0, 0, 0, 0, 0, 0}, i, batch;
  need_numbers();
  CHECK_OK(make_reader(&net, "numbers://6", "shuffle: true"));
  for (batch = 0; batch < 4; ++batch) {
    next_batch(net, labels);
    for (i = 0; i < 3; ++i) ++times[(int)labels[i]];
  }
  for (i = 0; i < 6; ++i) CHECK(times[i] == 2);
  caffe_net_destroy(net);
  CHECK(seen.jumps > 0);
}

TEST(custom_database_that_fails) {
  caffe_net* net = NULL;
  float labels[3];
  caffe_status status = CAFFE_OK;
  int batch;
  need_numbers();
  CHECK_FAILS(make_reader(&net, "numbers://none", ""), CAFFE_CALLBACK,
              "open callback: there are no numbers here");
  CHECK(seen.opened == 0 && seen.closed == 0);
  CHECK_FAILS(make_reader(&net, "numbers://0", ""), CAFFE_CALLBACK, "there are 0 records");
  CHECK(seen.opened == 1 && seen.closed == 1);
  CHECK_FAILS(make_reader(&net, "number://5", ""), CAFFE_NOT_FOUND,
              "unknown database backend \"number\"; did you mean \"numbers\"?");
  CHECK(net == NULL);
  seen.fails_at = 7;
  CHECK_OK(make_reader(&net, "numbers://9", ""));
  next_batch(net, labels);
  for (batch = 0; batch < 2 && status == CAFFE_OK; ++batch) status = caffe_net_forward(NULL, net);
  CHECK_FAILS(status, CAFFE_CALLBACK, "read callback: that number is gone");
  /* The batch of 6, 7 and 8 is tried again. */
  CHECK_FAILS(caffe_net_forward(NULL, net), CAFFE_CALLBACK, "that number is gone");
  seen.fails_at = -1;
  next_batch(net, labels);
  CHECK(labels[0] == 6 && labels[1] == 7 && labels[2] == 8);
  caffe_net_destroy(net);
  CHECK(seen.closed == seen.opened);
}

TEST(custom_database_with_records_of_no_size) {
  const int64_t sizes[] = {-1, INT64_MIN, INT64_MAX, (int64_t)1 << 31};
  caffe_net* net = NULL;
  size_t i;
  need_numbers();
  for (i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    seen.size = sizes[i];
    CHECK_FAILS(make_reader(&net, "numbers://9", ""), CAFFE_CALLBACK,
                "read callback: record 0 has");
  }
  CHECK(net == NULL);
  CHECK(seen.closed == seen.opened);
}

TEST(custom_database_tables_are_checked) {
  caffe_database_callbacks table = numbers_table();
  need_numbers();
  CHECK_FAILS(caffe_database_register("numbers", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "database backend \"numbers\" is already registered");
  CHECK_FAILS(caffe_database_register("", &table, NULL), CAFFE_INVALID_ARGUMENT, "name is empty");
  CHECK_FAILS(caffe_database_register("a/b", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "name is \"a/b\"");
  CHECK_FAILS(caffe_database_register("other", NULL, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks is NULL");
  table.size -= sizeof table.read;
  CHECK_FAILS(caffe_database_register("other", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->size is");
  table = numbers_table();
  table.open = NULL;
  CHECK_FAILS(caffe_database_register("other", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->open is NULL");
  table = numbers_table();
  table.count = NULL;
  CHECK_FAILS(caffe_database_register("other", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->count is NULL");
  table = numbers_table();
  table.read = NULL;
  CHECK_FAILS(caffe_database_register("other", &table, NULL), CAFFE_INVALID_ARGUMENT,
              "callbacks->read is NULL");
}
