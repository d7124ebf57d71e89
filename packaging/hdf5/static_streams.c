/* Lets archives that are not position independent go into a shared library.
 *
 * Distributions build libhdf5.a for executables: code that names the C library's data
 * (stderr, stdout) by a distance known at link time, which a shared library cannot promise. Linked with
 * --wrap=stderr --wrap=stdout, such code names these variables, which are ours and near. */
#include <stdio.h>

extern FILE *__real_stderr, *__real_stdout; /* stderr and stdout, by the linker */
__attribute__((visibility("hidden"))) FILE *__wrap_stderr;
__attribute__((visibility("hidden"))) FILE *__wrap_stdout;

__attribute__((constructor(101))) static void take_streams(void) {
  __wrap_stderr = __real_stderr;
  __wrap_stdout = __real_stdout;
}
