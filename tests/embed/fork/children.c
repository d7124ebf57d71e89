#define _XOPEN_SOURCE 700
#include "embed/fork/children.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char* in_child(const char* (*body)(void* user), void* user) {
  static char answer[1024];
  size_t size = 0;
  ssize_t got;
  int ends[2], status;
  pid_t child;
  fflush(stdout);
  if (pipe(ends) != 0) return "no pipe";
  child = fork();
  if (child < 0) return "no child";
  if (child == 0) {
    const char* wrong;
    close(ends[0]);
    alarm(kPatience); /* that ends it; not its own children, who have their own */
    wrong = body(user);
    if (write(ends[1], wrong, strlen(wrong)) < 0) _exit(2);
    _exit(wrong[0] != 0);
  }
  close(ends[1]);
  while ((got = read(ends[0], answer + size, sizeof answer - 1 - size)) > 0) size += (size_t)got;
  answer[size] = 0;
  close(ends[0]);
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    if (WTERMSIG(status) == SIGALRM) return "the child hangs";
    snprintf(answer, sizeof answer, "the child was ended by signal %d", WTERMSIG(status));
  } else if (size == 0 && WEXITSTATUS(status) != 0) {
    snprintf(answer, sizeof answer, "the child ended with status %d", WEXITSTATUS(status));
  }
  return answer;
}
