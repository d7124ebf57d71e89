/* Data layers, as far as a C program meets them. */
#include "c/api.h"

#include <string.h>

TEST(net_missing_database) {
  caffe_net* net = NULL;
  CHECK_FAILS(caffe_net_create_from_text(
                  &net,
                  "layer { name: \"d\" type: \"Data\" top: \"x\" top: \"y\"\n"
                  "        data_param { source: \"no/such/lmdb\" batch_size: 2 backend: LMDB } }",
                  CAFFE_TRAIN, NULL),
              CAFFE_IO, "no/such/lmdb");
  CHECK(strstr(caffe_last_error(), "layer \"d\" (Data)") != NULL);
  CHECK(net == NULL);
}
