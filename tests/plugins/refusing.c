/* A plugin whose start fails. */
int caffe_plugin_init(void);

int caffe_plugin_init(void) {
  return 9;
}
