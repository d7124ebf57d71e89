/* Loads a plugin and runs its layer, and says what comes of it; nothing else has failed before. */
#include <caffe.h>
#include <stdio.h>

static void say(caffe_status status) {
  printf("%s %s\n", caffe_status_name(status), caffe_last_error());
}

int main(int argc, char **argv) {
  caffe_net *net = NULL;
  if (argc != 2) return 2;
  say(caffe_plugin_load(argv[1]));
  if (caffe_net_create_from_text(&net, "layer { name: 'x' type: 'Throws' top: 'x' }", CAFFE_TEST,
                                 NULL) == CAFFE_OK) {
    say(caffe_net_forward(NULL, net));
  }
  say(caffe_plugin_load(argv[1]));
  caffe_net_destroy(net);
  return 0;
}
