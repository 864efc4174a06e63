#define _GNU_SOURCE
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CLONE_PIDFD_FLAG 0x1000ULL
#define CLONE_CLEAR_SIGHAND_FLAG 0x100000000ULL
#define CLONE_INTO_CGROUP_FLAG 0x200000000ULL

static pid_t clone_process(uint64_t flags, int *pidfd, int cgroup) {
    int made = -1;
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD_FLAG, .exit_signal = SIGCHLD, .pidfd = (uint64_t)(uintptr_t)&made};
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP_FLAG;
        arguments.cgroup = (uint64_t)cgroup;
    }
    pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child > 0) *pidfd = made;
    return child;
}

static void report(int channel, int operation, int error) {
    struct clinux_report words = {.operation = operation, .error = error};
    ssize_t ignored = send(channel, &words, sizeof words, MSG_NOSIGNAL);
    (void)ignored;
}

// Whether the parent is gone.
static int is_orphan(int parent) {
    struct pollfd one = {.fd = parent, .events = POLLIN};
    return poll(&one, 1, 0) != 0;
}

// Waits for the parent's word. That its end of the channel is closed says nothing: another child of a parent with
// several threads may hold it until it is executed. 0 where the parent is gone.
static int wait_for_go(int channel, int parent) {
    char go;
    struct pollfd two[2] = {{.fd = channel, .events = POLLIN}, {.fd = parent, .events = POLLIN}};
    while (poll(two, 2, -1) < 0 && errno == EINTR) {}
    return two[1].revents == 0 && read(channel, &go, 1) == 1;
}

int container_send_terminal(int channel, int master) {
    struct clinux_report words = {.operation = -1};
    struct iovec piece = {.iov_base = &words, .iov_len = sizeof words};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(first), &master, sizeof master);
    return sendmsg(channel, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

// The last steps. The order: the death signal is reset by every change of who one is, so it is set anew; all
// descriptors are marked before anything of the image runs (CVE-2024-21626: none leads out, to the host's
// directories), but the channel, which the stage marks itself.
static int become_command(struct container_child *child) {
    struct clinux_launch *launch = child->launch;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    if (is_orphan(child->parent)) _exit(125);
    if (syscall(SYS_close_range, (unsigned)launch->first_closed, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return -1;
    if (fcntl(child->channel, F_SETFD, 0) != 0) return -1;
    char number[12];
    snprintf(number, sizeof number, "%d", child->channel);
    launch->arguments[2] = number;
    syscall(SYS_execveat, launch->stage, "", launch->arguments, launch->environment, AT_EMPTY_PATH);
    return -1;
}

static void run(struct clinux_launch *launch, int channel, int parent) __attribute__((noreturn));
static void run(struct clinux_launch *launch, int channel, int parent) {
    struct container_child child = {.launch = launch, .channel = channel, .parent = parent, .root = -1, .shelf = -1};
    // First of all: from here on the death of the parent's thread is this one's. It may have died before.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!wait_for_go(channel, parent)) _exit(125);
    // Nobody may trace it or look at its memory and descriptors while it is half the host's.
    prctl(PR_SET_DUMPABLE, 0);
    umask(0);
    for (int index = 0; index < launch->operation_count; index++)
        if (container_perform(&child, &launch->operations[index]) != 0) {
            report(channel, index, errno);
            _exit(125);
        }
    if (become_command(&child) != 0) report(channel, launch->operation_count, errno);
    _exit(125);
}

pid_t clinux_container_clone(struct clinux_launch *launch, int *pidfd, int *channel) {
    int ends[2], parent = clinux_pidfd_open(getpid());
    if (parent < 0) return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return container_close(parent, -1);
    pid_t child = clone_process(launch->namespaces | CLONE_CLEAR_SIGHAND_FLAG, pidfd, launch->cgroup);
    if (child == 0) {
        close(ends[0]);
        // It must not be among those that the command gets.
        int end = fcntl(ends[1], F_DUPFD_CLOEXEC, launch->first_closed);
        if (end < 0) _exit(125);
        if (end != ends[1]) close(ends[1]);
        run(launch, end, parent);
    }
    int problem = errno;
    close(ends[1]);
    close(parent);
    if (child < 0) close(ends[0]);
    else *channel = ends[0];
    errno = problem;
    return child;
}

int clinux_container_go(int channel) {
    return send(channel, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int clinux_container_report(int channel, struct clinux_report *words, int *terminal) {
    struct iovec piece = {.iov_base = words, .iov_len = sizeof *words};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count;
    do count = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return errno == ECONNRESET ? 0 : -1;
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    if (count > 0 && first && first->cmsg_type == SCM_RIGHTS) memcpy(terminal, CMSG_DATA(first), sizeof(int));
    return count == sizeof *words;
}

pid_t clinux_container_keeper(int pidfd) {
    int parent = clinux_pidfd_open(getpid());
    int unused = -1;
    if (parent < 0) return -1;
    pid_t keeper = clone_process(CLONE_CLEAR_SIGHAND_FLAG, &unused, -1);
    if (keeper == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        // Out of the group that a `kill -9 -GROUP` ends, and holding nothing but the two: no lock, no pipe.
        setsid();
        if (dup2(pidfd, 0) != 0 || dup2(parent, 1) != 1) _exit(1);
        syscall(SYS_close_range, 2U, ~0U, 0);
        prctl(PR_SET_NAME, "ctr-keeper");
        struct pollfd two[2] = {{.fd = 0, .events = POLLIN}, {.fd = 1, .events = POLLIN}};
        while (poll(two, 2, -1) < 0 && errno == EINTR) {}
        if (two[1].revents != 0) {
            syscall(SYS_pidfd_send_signal, 0, SIGKILL, NULL, 0);
            // As long as anything in there runs, the runner's file is in use and can't be written.
            poll(two, 1, -1);
        }
        _exit(0);
    }
    int problem = errno;
    close(parent);
    if (unused >= 0) close(unused);
    errno = problem;
    return keeper;
}

pid_t clinux_user_namespace(int *pidfd) {
    pid_t child = clone_process(CLONE_NEWUSER | CLONE_CLEAR_SIGHAND_FLAG, pidfd, -1);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    return child;
}

int clinux_pidfd_kill(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_pidfd_wait(int pidfd) {
    siginfo_t end;
    int result;
    // P_PIDFD
    do result = waitid((idtype_t)3, (id_t)pidfd, &end, WEXITED);
    while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

int clinux_waiting_bytes(int pipe) {
    int count = 0;
    return ioctl(pipe, FIONREAD, &count) == 0 ? count : -1;
}

int clinux_all_signals(void *before) {
    sigset_t all;
    sigfillset(&all);
    const int own[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t index = 0; index < sizeof own / sizeof own[0]; index++) sigdelset(&all, own[index]);
    if (sigprocmask(SIG_BLOCK, &all, before) != 0) return -1;
    return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_next_signal(int signals) {
    struct signalfd_siginfo information;
    return read(signals, &information, sizeof information) == sizeof information ? (int)information.ssi_signo : 0;
}

void clinux_restore_signals(const void *before) { sigprocmask(SIG_SETMASK, before, NULL); }
