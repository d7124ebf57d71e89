/* The C tests' few words, the same as the C++ ones (check.hpp):
 *
 *   TEST(version_is_told) { CHECK(caffe_version() != NULL); }
 *
 * A failed check ends its test and says where; the program runs the others, and its last line is
 * "N passed, N failed, N skipped". Arguments select tests: those of a file ("net" of c/net.c), or those
 * with a word in their names; one that selects none is an error. */
#ifndef CAFFE_TESTS_CHECK_H_
#define CAFFE_TESTS_CHECK_H_

#include <stddef.h>

void check_register(const char *name, const char *file, void (*body)(void));

/* Both leave the test that runs. */
void check_failed(const char *file, int line, const char *what);
void check_skip(const char *reason);

/* The path of a file of the shared data, valid until the next call; skips the test when it is not there. */
const char *check_shared_file(const char *path);

#define TEST(name)                                                                              \
  static void test_##name(void);                                                                \
  __attribute__((constructor)) static void register_##name(void) {                              \
    check_register(#name, __FILE__, test_##name);                                               \
  }                                                                                             \
  static void test_##name(void)
#define CHECK(condition)                                            \
  do {                                                              \
    if (!(condition)) check_failed(__FILE__, __LINE__, #condition); \
  } while (0)
/* A call that has to answer CAFFE_OK; says the library's message when it does not. */
#define CHECK_OK(call)                                                            \
  do {                                                                            \
    if ((call) != CAFFE_OK) check_failed(__FILE__, __LINE__, caffe_last_error()); \
  } while (0)
#define SKIP(reason) check_skip(reason)

#endif
