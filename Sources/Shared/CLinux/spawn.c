#define _GNU_SOURCE
#include "CLinuxSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// In the child, whose memory is the parent's: only system calls. The error that ended it.
static int become(const struct clinux_program *program, pid_t parent) {
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        // A handler of the parent's must not run here.
        if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
        if (action.sa_handler == SIG_IGN && !program->resets_signals) continue;
        action = (struct sigaction){.sa_handler = SIG_DFL};
        sigaction(number, &action, NULL);
    }
    if (program->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
        if (getppid() != parent) return ESRCH;
    }
    for (int number = 0; number < 3; number++) {
        if (program->standard[number] == number) continue;
        if (dup2(program->standard[number], number) < 0) return errno;
    }
    if (program->kept >= 0 && fcntl(program->kept, F_SETFD, 0) != 0) return errno;
    if (program->directory >= 0 && fchdir(program->directory) != 0) return errno;
    if (sigprocmask(SIG_SETMASK, program->mask, NULL) != 0) return errno;
    execve(program->path, program->arguments, program->environment);
    return errno;
}

pid_t clinux_spawn(const struct clinux_program *program) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    volatile int problem = 0;
    pid_t child = vfork();
    if (child == 0) {
        problem = become(program, parent);
        _exit(127);
    }
    if (child < 0) problem = errno;
    if (child > 0 && problem != 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        child = -1;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = problem;
    return child;
}
