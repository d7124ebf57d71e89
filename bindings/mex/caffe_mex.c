/* caffe_mex: what the MATLAB and Octave package (matlab/+caffe) calls of libcaffe.
 *
 * One function, caffe_mex(command, argument, ...), driven by the rows of commands.inc. Users call
 * the package, which has help and names; the gateway checks every argument all the same, so that no
 * call can crash the session.
 */
#include <string.h>

#include "gateway.h"

static const struct {
  const char* name;
  void (*run)(const call* c);
  int least, most; /* arguments */
  const char* usage;
} commands[] = {
#define COMMAND(name, least, most, usage) {#name, command_##name, least, most, usage},
#include "commands.inc"
#undef COMMAND
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* The table: a struct array of name, least, most and usage. */
void command_commands(const call* c) {
  static const char* fields[] = {"name", "least", "most", "usage"};
  mwIndex i;
  *c->result = mxCreateStructMatrix(1, COMMAND_COUNT, 4, fields);
  for (i = 0; i < COMMAND_COUNT; ++i) {
    mxSetField(*c->result, i, "name", mxCreateString(commands[i].name));
    mxSetField(*c->result, i, "least", from_number(commands[i].least));
    mxSetField(*c->result, i, "most", from_number(commands[i].most));
    mxSetField(*c->result, i, "usage", mxCreateString(commands[i].usage));
  }
}

/* The only symbol that is seen from outside. */
CAFFE_API void mexFunction(int result_count, mxArray** results, int argument_count,
                           const mxArray** arguments) {
  call c = {"caffe_mex", "command, ...", argument_count, arguments, results};
  const char* name;
  size_t i;
  (void)result_count; /* there is room for one result, always */
  if (argument_count == 0) fail("caffe:invalidArgument", "usage: caffe_mex(command, ...)");
  name = text_in(&c, 0);
  for (i = 0; i < COMMAND_COUNT; ++i) {
    if (strcmp(name, commands[i].name) != 0) continue;
    c.command = commands[i].name;
    c.usage = commands[i].usage;
    c.argument_count = argument_count - 1;
    c.arguments = arguments + 1;
    if (c.argument_count < commands[i].least || c.argument_count > commands[i].most)
      fail("caffe:invalidArgument", "usage: caffe_mex('%s'%s%s)", c.command,
           c.usage[0] == '\0' ? "" : ", ", c.usage);
    open_library(destroy_all);
    commands[i].run(&c);
    print_lines();
    return;
  }
  fail("caffe:invalidArgument", "caffe_mex has no command '%.100s'", name);
}
