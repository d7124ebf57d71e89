/* Processes made by fork() in tests: what they do answers "" or what went wrong. */
#ifndef CAFFE_TESTS_CHILDREN_H_
#define CAFFE_TESTS_CHILDREN_H_

/* In seconds: a child that is not done by then hangs. */
enum { kPatience = 300 };

/* Runs body(user) in a child and answers what it answers, kept until the next call, or how the
 * child has ended. */
const char* in_child(const char* (*body)(void* user), void* user);

/* For tests: each begins in a process that has not used the library yet. */
#define CHECK_IN_CHILD(body, user)                              \
  do {                                                          \
    const char* wrong = in_child((body), (user));               \
    if (wrong[0] != 0) check_failed(__FILE__, __LINE__, wrong); \
  } while (0)

#endif
