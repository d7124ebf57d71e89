/* The C test program's main: runs what TEST registered. */
#include "support/check.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source_root.h"

enum { kMaxTests = 1000, kPassed = 0, kFailed = 1, kSkipped = 2 };

static struct {
  const char *name, *file;
  void (*body)(void);
} tests[kMaxTests];
static int test_count;
static const char *running;
static jmp_buf leave;

void check_register(const char *name, const char *file, void (*body)(void)) {
  if (test_count == kMaxTests) {
    fprintf(stderr, "more than %d tests\n", (int)kMaxTests);
    exit(1);
  }
  tests[test_count].name = name;
  tests[test_count].file = file;
  tests[test_count++].body = body;
}

void check_failed(const char *file, int line, const char *what) {
  printf("FAILED  %s: %s:%d: %s\n", running, file, line, what);
  fflush(stdout);
  longjmp(leave, kFailed);
}

void check_skip(const char *reason) {
  printf("skipped %s: %s\n", running, reason);
  longjmp(leave, kSkipped);
}

const char *check_shared_file(const char *path) {
  static char whole[4096];
  const char *root = getenv("CAFFE_SHARED");
  FILE *file;
  snprintf(whole, sizeof whole, "%s/%s", root ? root : CAFFE_SOURCE_ROOT "/../shared", path);
  file = fopen(whole, "rb");
  if (file == NULL) check_skip("no shared data");
  fclose(file);
  return whole;
}

static int selected(int test, const char *word) {
  const char *slash = strrchr(tests[test].file, '/');
  const char *file = slash ? slash + 1 : tests[test].file;
  const size_t length = strlen(word);
  if (strstr(tests[test].name, word)) return 1;
  return strncmp(file, word, length) == 0 && (file[length] == '.' || file[length] == '\0');
}

/* Whether any test is selected by this word alone. */
static int selects(const char *word) {
  int i;
  for (i = 0; i < test_count; ++i) {
    if (selected(i, word)) return 1;
  }
  return 0;
}

static int wanted(int test, int argc, char **argv) {
  int i;
  for (i = 1; i < argc; ++i) {
    if (selected(test, argv[i])) return 1;
  }
  return argc <= 1;
}

int main(int argc, char **argv) {
  static int counts[3];
  static int i;
  for (i = 1; i < argc; ++i) {
    if (selects(argv[i])) continue;
    fprintf(stderr, "%s: no test has \"%s\" in its name, and no file is named so\n", argv[0], argv[i]);
    return 2;
  }
  for (i = 0; i < test_count; ++i) {
    if (!wanted(i, argc, argv)) continue;
    running = tests[i].name;
    switch (setjmp(leave)) {
      case 0:
        tests[i].body();
        ++counts[kPassed];
        break;
      case kFailed:
        ++counts[kFailed];
        break;
      default:
        ++counts[kSkipped];
    }
  }
  printf("%d passed, %d failed, %d skipped\n", counts[kPassed], counts[kFailed], counts[kSkipped]);
  return counts[kFailed] > 0 || counts[kPassed] + counts[kSkipped] == 0;
}
