/* Commands of the process: version, devices, threads, log, plugins, and what this session owns. */
#include "gateway.h"

void command_version(const call* c) {
  *c->result = mxCreateString(caffe.version());
}

void command_build_info(const call* c) {
  *c->result = mxCreateString(caffe.build_info());
}

/* A cell of the names that the library counts out. */
static mxArray* names(caffe_status (*count_of)(int64_t*),
                      caffe_status (*name_of)(const char**, int64_t)) {
  int64_t count, i;
  const char* name;
  mxArray* cell;
  check(count_of(&count));
  cell = mxCreateCellMatrix((mwSize)count, 1);
  for (i = 0; i < count; ++i) {
    check(name_of(&name, i));
    mxSetCell(cell, (mwIndex)i, mxCreateString(name));
  }
  return cell;
}

void command_devices(const call* c) {
  *c->result = names(caffe.device_count, caffe.device_name);
}
void command_layer_types(const call* c) {
  *c->result = names(caffe.layer_type_count, caffe.layer_type_name);
}
void command_get_device(const call* c) {
  *c->result = mxCreateString(caffe.get_device());
}

void command_set_device(const call* c) {
  check(caffe.set_device(text_in(c, 0)));
}

void command_get_threads(const call* c) {
  *c->result = from_number(caffe.num_threads());
}

void command_set_threads(const call* c) {
  check(caffe.set_num_threads((int)number_in(c, 0, 0, 65536)));
}

void command_set_seed(const call* c) {
  check(caffe.set_random_seed((uint64_t)number_in(c, 0, 0, 9007199254740992.0)));
}

/* Returns the level before. */
void command_set_log_level(const call* c) {
  static const char* const levels[] = {"debug", "info", "warning", "error", "none", "training"};
  const int level = choice_in(c, 0, levels, 6);
  *c->result = mxCreateString(levels[choose_log_level(level)]);
}

void command_load_plugin(const call* c) {
  check(caffe.plugin_load(text_in(c, 0)));
}

void command_reset_all(const call* c) {
  (void)c;
  destroy_all();
}

void command_destroy(const call* c) {
  disown(handle_value(c, 0));
}
void command_living(const call* c) {
  *c->result = from_number((double)owned_count());
}
