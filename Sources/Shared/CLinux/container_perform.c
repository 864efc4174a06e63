#define _GNU_SOURCE
#include "container.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int become_root(void) {
    // Groups of the user outside; where the map does not allow to drop them they stay, and mean nothing inside.
    if (syscall(SYS_setgroups, 0, NULL) != 0 && errno != EPERM) return -1;
    if (syscall(SYS_setresgid, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_setresuid, 0, 0, 0);
}

static int session(void) {
    // Not of the terminal's session: TIOCSTI on an inherited one is then EPERM.
    if (setsid() < 0) return -1;
    // A new session keyring: the runner's keys are not the container's.
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM) return -1;
    return 0;
}

int container_loopback(void) {
    struct ifreq request = {.ifr_name = "lo"};
    int link = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (link < 0) return -1;
    int result = ioctl(link, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (result == 0) result = ioctl(link, SIOCSIFFLAGS, &request);
    return container_close(link, result);
}

static int limit(const struct clinux_operation *operation) {
    const uint64_t *values = operation->data;
    return (int)syscall(SYS_prlimit64, 0, (int)operation->number, values, NULL);
}

int container_seccomp(const struct clinux_operation *operation) {
    struct sock_fprog program = {
        .len = (unsigned short)(operation->size / sizeof(struct sock_filter)), .filter = (void *)operation->data};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int change_mounts(struct container_child *child, const struct clinux_operation *operation) {
    int *mounts = child->launch->mounts;
    switch (operation->kind) {
    case CLINUX_PRIVATE: return clinux_mount_setattr(AT_FDCWD, "/", RECURSIVE, 0, 0, 1 << 18);
    case CLINUX_FILESYSTEM: return container_filesystem(child, operation);
    case CLINUX_PIVOT: return container_pivot(child, operation);
    case CLINUX_UNSHELVE: return container_unshelve(child, mounts[operation->mount]);
    case CLINUX_COPY: return container_copy(child, operation);
    case CLINUX_ATTRIBUTES:
        return container_set_mount(
            mounts[operation->mount], operation->flags, operation->number, operation->size != 0);
    case CLINUX_ATTACH: return container_attach(child, operation);
    case CLINUX_INSTALL: return container_install(child, operation);
    case CLINUX_DIRECTORY:
        if (mkdirat(mounts[operation->mount], operation->path, (mode_t)operation->number) == 0) return 0;
        return errno == EEXIST ? 0 : -1;
    case CLINUX_NODE: return container_node(child, operation);
    case CLINUX_SYMLINK: return symlinkat(operation->data, mounts[operation->mount], operation->path);
    case CLINUX_FILE: return container_file(child, operation);
    case CLINUX_MASK: return container_mask(child, operation);
    case CLINUX_NARROW: return container_narrow(child, operation);
    case CLINUX_VOLUME: return container_volume(child, operation);
    default: errno = ENOSYS; return -1;
    }
}

int container_perform(struct container_child *child, const struct clinux_operation *operation) {
    switch (operation->kind) {
    // A thread that moves itself is the one case in which the kernel doesn't wait for all processors: some 10 ms.
    case CLINUX_JOIN: return write((int)operation->number, "0", 1) == 1 ? 0 : -1;
    case CLINUX_BECOME_ROOT: return become_root();
    case CLINUX_SESSION: return session();
    case CLINUX_UNSHARE: return unshare((int)operation->flags);
    case CLINUX_HOSTNAME: return sethostname(operation->data, operation->size);
    case CLINUX_LOOPBACK: return container_loopback();
    case CLINUX_TERMINAL: return container_terminal(child, operation);
    case CLINUX_SYSCTL: return container_sysctl(child, operation);
    case CLINUX_STAND: return container_stand(child, operation);
    case CLINUX_NULL_INPUT: return container_null_input(child, operation);
    case CLINUX_STREAM: return dup2((int)operation->number, (int)operation->flags) < 0 ? -1 : 0;
    case CLINUX_RLIMIT: return limit(operation);
    case CLINUX_IDENTITY: return container_identity(operation->data);
    case CLINUX_NO_NEW_PRIVILEGES: return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    case CLINUX_SECCOMP: return container_seccomp(operation);
    default: return change_mounts(child, operation);
    }
}
