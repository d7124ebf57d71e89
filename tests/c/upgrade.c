/* Definitions of older generations as text of today. */
#include "c/api.h"

#include <string.h>

TEST(net_text_is_upgraded_without_a_net) {
  static const char kV1[] =
      "input: \"x\" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n"
      "layers { name: \"d\" type: DATA top: \"d\" data_param { source: \"nowhere\" }\n"
      "         include { phase: TRAIN } }\n"
      "layers { name: \"ip\" type: INNER_PRODUCT bottom: \"x\" top: \"ip\"\n"
      "         inner_product_param { num_output: 2 } }\n";
  char *text = NULL, *again = NULL;
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_NONE));
  CHECK_OK(caffe_net_upgrade_text(&text, kV1));
  CHECK(strstr(text, "layers") == NULL);
  CHECK(strstr(text, "type: \"Input\"") != NULL);
  CHECK(strstr(text, "type: \"InnerProduct\"") != NULL);
  CHECK(strstr(text, "phase: TRAIN") != NULL); /* no phase leaves layers out */
  CHECK(strstr(text, "source: \"nowhere\"") != NULL);
  CHECK_OK(caffe_net_upgrade_text(&again, text));
  CHECK(strcmp(text, again) == 0);
  caffe_free(text);
  caffe_free(again);
  text = NULL;
  CHECK_FAILS(caffe_net_upgrade_text(&text, "layers { layer { type: \"magic\" } }"), CAFFE_PARSE,
              "magic");
  CHECK_FAILS(caffe_net_upgrade_text(&text, "layer {} layers {}"), CAFFE_PARSE, "layers");
  CHECK_FAILS(caffe_net_upgrade_text(&text, "nonsense: 1"), CAFFE_PARSE, "nonsense");
  CHECK_FAILS(caffe_net_upgrade_text(&text, NULL), CAFFE_INVALID_ARGUMENT, "text is NULL");
  CHECK_FAILS(caffe_net_upgrade_text(NULL, ""), CAFFE_INVALID_ARGUMENT, "upgraded is NULL");
  CHECK(text == NULL);
  CHECK_OK(caffe_set_log_level(CAFFE_LOG_WARNING));
}
