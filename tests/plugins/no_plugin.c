/* A shared object that is no plugin. */
int caffe_test_no_plugin(void);

int caffe_test_no_plugin(void) {
  return 0;
}
