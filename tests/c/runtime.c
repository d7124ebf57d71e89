/* The process: version, log, threads, seed, devices, types. */
#include "c/api.h"

#include <stdio.h>
#include <string.h>

TEST(runtime_version_is_the_headers) {
  char text[32];
  CHECK(caffe_version_number() ==
        CAFFE_VERSION_MAJOR * 10000 + CAFFE_VERSION_MINOR * 100 + CAFFE_VERSION_PATCH);
  snprintf(text, sizeof text, "%d.%d.%d", CAFFE_VERSION_MAJOR, CAFFE_VERSION_MINOR,
           CAFFE_VERSION_PATCH);
  CHECK(strcmp(caffe_version(), text) == 0);
}

TEST(runtime_build_info_is_lines_of_keys_and_values) {
  const char* info = caffe_build_info();
  CHECK(strncmp(info, "version: 2.0.0\n", 15) == 0);
  CHECK(strstr(info, "\ncompiler: ") != NULL);
  CHECK(strstr(info, "\nonednn: ") != NULL);
  CHECK(strstr(info, "\nisa: ") != NULL);
  CHECK(caffe_build_info() == info);
}

TEST(runtime_status_names) {
  CHECK(strcmp(caffe_status_name(CAFFE_OK), "CAFFE_OK") == 0);
  CHECK(strcmp(caffe_status_name(CAFFE_PARSE), "CAFFE_PARSE") == 0);
  CHECK(strcmp(caffe_status_name(CAFFE_INTERNAL), "CAFFE_INTERNAL") == 0);
  CHECK(strcmp(caffe_status_name(11), "unknown status") == 0);
  CHECK(strcmp(caffe_status_name(-1), "unknown status") == 0);
}

TEST(runtime_last_error_stays_until_the_next_failure) {
  int64_t count;
  CHECK_FAILS(caffe_device_count(NULL), CAFFE_INVALID_ARGUMENT,
              "caffe_device_count: count is NULL");
  CHECK_OK(caffe_device_count(&count));
  CHECK(strcmp(caffe_last_error(), "caffe_device_count: count is NULL") == 0);
  caffe_set_error("mine");
  CHECK(strcmp(caffe_last_error(), "mine") == 0);
  caffe_set_error(NULL);
  CHECK(strcmp(caffe_last_error(), "") == 0);
}

TEST(runtime_free_takes_null) {
  caffe_free(NULL);
}

struct lines {
  int count;
  int level;
  char last[512];
};

static void keep_line(int level, const char* line, void* user) {
  struct lines* lines = user;
  ++lines->count;
  lines->level = level;
  snprintf(lines->last, sizeof lines->last, "%s", line);
}

TEST(runtime_log_goes_to_the_callback) {
  struct lines lines = {0, 0, ""};
  caffe_net* net = NULL;
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_INFO));
  CHECK_OK(caffe_set_log_callback(keep_line, &lines));
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, NULL));
  caffe_net_destroy(net);
  CHECK(lines.count > 0);
  CHECK(lines.level == CAFFE_LOG_INFO);
  /* I1120 12:00:00.000000 1234 net.cpp:195] ... */
  CHECK(lines.last[0] == 'I' && strstr(lines.last, ".cpp:") != NULL);
  CHECK(strstr(lines.last, "] ") != NULL && strchr(lines.last, '\n') == NULL);

  lines.count = 0;
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_NONE));
  CHECK_OK(caffe_net_create_from_text(&net, kSmallNet, CAFFE_TEST, NULL));
  caffe_net_destroy(net);
  CHECK(lines.count == 0);
  CHECK_OK(caffe_set_log_callback(NULL, NULL));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
}

TEST(runtime_log_level_is_checked) {
  CHECK_FAILS(caffe_set_log_level(-1), CAFFE_INVALID_ARGUMENT, "caffe_set_log_level: level is -1");
  CHECK_FAILS(caffe_set_log_level(5), CAFFE_INVALID_ARGUMENT, "level is 5");
}

TEST(runtime_lines_of_ones_own_are_in_the_log) {
  struct lines lines = {0, 0, ""};
  CHECK_OK(caffe_set_log_callback(keep_line, &lines));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_NONE));
  CHECK_OK(caffe_log(CAFFE_LOG_WARNING, "src/mine.c", 7, "100 % done"));
  CHECK(lines.count == 1 && lines.level == CAFFE_LOG_WARNING);
  CHECK(lines.last[0] == 'W' && strstr(lines.last, " mine.c:7] 100 % done") != NULL);
  CHECK_FAILS(caffe_log(CAFFE_LOG_NONE, "mine.c", 7, "x"), CAFFE_INVALID_ARGUMENT, "level is 4");
  CHECK_FAILS(caffe_log(-1, "mine.c", 7, "x"), CAFFE_INVALID_ARGUMENT, "level is -1");
  CHECK_FAILS(caffe_log(1, NULL, 7, "x"), CAFFE_INVALID_ARGUMENT, "file");
  CHECK_FAILS(caffe_log(1, "mine.c", 7, NULL), CAFFE_INVALID_ARGUMENT, "message");
  CHECK(lines.count == 1);
  CHECK_OK(caffe_set_log_callback(NULL, NULL));
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
}

TEST(runtime_threads) {
  const int before = caffe_num_threads();
  CHECK(before >= 1);
  CHECK_OK(caffe_set_num_threads(3));
  CHECK(caffe_num_threads() == 3);
  CHECK_FAILS(caffe_set_num_threads(-1), CAFFE_INVALID_ARGUMENT, "threads is -1");
  CHECK_FAILS(caffe_set_num_threads(1000000), CAFFE_INVALID_ARGUMENT, "threads is 1000000");
  CHECK(caffe_num_threads() == 3);
  CHECK_OK(caffe_set_num_threads(0));
  CHECK(caffe_num_threads() == before);
}

static float first_weight(void) {
  caffe_net* net = make_net(kSmallNet, CAFFE_TEST);
  caffe_blob* weights;
  const float* values;
  float first;
  CHECK_OK(caffe_net_param(&weights, net, 0));
  CHECK_OK(caffe_blob_data(&values, weights));
  first = values[0];
  caffe_net_destroy(net);
  return first;
}

TEST(runtime_seed_repeats_the_nets_after_it) {
  float first, second;
  CHECK_OK(caffe_set_random_seed(7));
  first = first_weight();
  second = first_weight();
  CHECK(first != second);
  CHECK_OK(caffe_set_random_seed(7));
  CHECK(first_weight() == first);
  CHECK(first_weight() == second);
  CHECK_OK(caffe_set_random_seed(8));
  CHECK(first_weight() != first);
}

TEST(runtime_devices) {
  int64_t count = 0;
  const char* name = NULL;
  CHECK_OK(caffe_device_count(&count));
  CHECK(count >= 1);
  CHECK_OK(caffe_device_name(&name, 0));
  CHECK(strcmp(name, "cpu") == 0);
  CHECK_FAILS(caffe_device_name(&name, count), CAFFE_NOT_FOUND, "device");
  CHECK_FAILS(caffe_device_name(&name, -1), CAFFE_NOT_FOUND, "device -1");
  CHECK_FAILS(caffe_device_name(NULL, 0), CAFFE_INVALID_ARGUMENT, "name is NULL");
}

TEST(runtime_device_info_is_lines_of_keys_and_values) {
  char* info = NULL;
  CHECK_OK(caffe_device_info(&info, "cpu"));
  CHECK(strncmp(info, "device: cpu\n", 12) == 0);
  CHECK(strstr(info, "\nmemory: ") != NULL);
  CHECK(strstr(info, "\nunused: ") != NULL);
  caffe_free(info);
  CHECK_FAILS(caffe_device_info(&info, "cuda:999"), CAFFE_UNSUPPORTED, "cuda:999");
  CHECK_FAILS(caffe_device_info(&info, ""), CAFFE_INVALID_ARGUMENT, "device is empty");
  CHECK_FAILS(caffe_device_info(NULL, "cpu"), CAFFE_INVALID_ARGUMENT, "text is NULL");
}

TEST(runtime_device_that_is_not_there_changes_nothing) {
  CHECK_OK(caffe_set_device("cpu"));
  CHECK_FAILS(caffe_set_device("cuda:999"), CAFFE_UNSUPPORTED, "cuda:999");
  CHECK(strcmp(caffe_get_device(), "cpu") == 0);
  CHECK_FAILS(caffe_set_device("tpu"), CAFFE_INVALID_ARGUMENT, "\"tpu\"");
  CHECK_FAILS(caffe_set_device("cuda:x"), CAFFE_INVALID_ARGUMENT, "\"cuda:x\"");
  CHECK_FAILS(caffe_set_device(""), CAFFE_INVALID_ARGUMENT, "device is empty");
  CHECK_FAILS(caffe_set_device(NULL), CAFFE_INVALID_ARGUMENT, "caffe_set_device: device is NULL");
  CHECK(strcmp(caffe_get_device(), "cpu") == 0);
}

/* Whether `wanted` is among the names, which have to be in alphabetical order. */
static int has_name(caffe_status (*count_of)(int64_t*),
                    caffe_status (*name_of)(const char**, int64_t), const char* wanted) {
  int64_t count, i;
  const char *name, *before = "";
  int found = 0;
  CHECK_OK(count_of(&count));
  CHECK(count > 0);
  for (i = 0; i < count; ++i) {
    CHECK_OK(name_of(&name, i));
    CHECK(strcmp(before, name) < 0);
    found = found || strcmp(name, wanted) == 0;
    before = name;
  }
  CHECK_FAILS(name_of(&name, count), CAFFE_NOT_FOUND, "type");
  CHECK_FAILS(name_of(&name, -1), CAFFE_NOT_FOUND, "type -1");
  CHECK_FAILS(name_of(NULL, 0), CAFFE_INVALID_ARGUMENT, "name is NULL");
  CHECK_FAILS(count_of(NULL), CAFFE_INVALID_ARGUMENT, "count is NULL");
  return found;
}

TEST(runtime_layer_types) {
  CHECK(has_name(caffe_layer_type_count, caffe_layer_type_name, "Convolution"));
  CHECK(!has_name(caffe_layer_type_count, caffe_layer_type_name, "Konvolution"));
}

static int has_trait(const char* type, const char* trait, const char* expected) {
  const char* value = NULL;
  CHECK_OK(caffe_layer_type_trait(&value, type, trait));
  return strcmp(value, expected) == 0;
}

TEST(runtime_layer_type_traits) {
  const char* value = "as before";
  CHECK(has_trait("ReLU6", "family", "activation"));
  CHECK(has_trait("ConvolutionDepthwise", "family", "convolution"));
  CHECK(has_trait("MultiBoxLoss", "family", "detection"));
  CHECK(has_trait("ReLU6", "purpose", "computes"));
  CHECK(has_trait("MultiBoxLoss", "purpose", "scores"));
  CHECK(has_trait("HDF5Output", "purpose", "scores"));
  CHECK(has_trait("ImageSegData", "purpose", "serves"));
  CHECK(has_trait("BN", "coordinates", "same"));
  CHECK(has_trait("ConvolutionDepthwise", "coordinates", "mapped"));
  CHECK(has_trait("Flatten", "coordinates", ""));
  CHECK_FAILS(caffe_layer_type_trait(&value, "ReLU7", "family"), CAFFE_NOT_FOUND, "did you mean");
  CHECK_FAILS(caffe_layer_type_trait(&value, "ReLU", "famly"), CAFFE_NOT_FOUND, "\"family\"");
  CHECK_FAILS(caffe_layer_type_trait(NULL, "ReLU", "family"), CAFFE_INVALID_ARGUMENT, "value");
  CHECK_FAILS(caffe_layer_type_trait(&value, NULL, "family"), CAFFE_INVALID_ARGUMENT, "type");
  CHECK_FAILS(caffe_layer_type_trait(&value, "ReLU", NULL), CAFFE_INVALID_ARGUMENT, "trait");
  CHECK(strcmp(value, "as before") == 0);
}

TEST(runtime_solver_types) {
  CHECK(has_name(caffe_solver_type_count, caffe_solver_type_name, "SGD"));
  CHECK(!has_name(caffe_solver_type_count, caffe_solver_type_name, "Adamax"));
}
