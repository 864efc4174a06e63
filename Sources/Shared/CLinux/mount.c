#define _GNU_SOURCE
#include "CLinuxMount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_fsopen(const char *type, unsigned flags) { return (int)syscall(SYS_fsopen, type, flags); }

int clinux_fsconfig(int context, unsigned command, const char *key, const void *value, int aux) {
    return (int)syscall(SYS_fsconfig, context, command, key, value, aux);
}

int clinux_fsmount(int context, unsigned flags, unsigned attributes) {
    return (int)syscall(SYS_fsmount, context, flags, attributes);
}

int clinux_open_tree(int directory, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, directory, path, flags);
}

int clinux_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
    return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

int clinux_mount_setattr(
    int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation) {
    // struct mount_attr: attr_set, attr_clr, propagation, userns_fd.
    uint64_t attributes[4] = {set, clear, propagation, 0};
    return (int)syscall(SYS_mount_setattr, directory, path, flags, attributes, sizeof attributes);
}

int clinux_mount(
    const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
    return mount(source, target, type, flags, data);
}

int clinux_umount2(const char *target, int flags) { return umount2(target, flags); }

int clinux_mount_of(int fd, uint64_t *mount, int *is_root) {
    struct statx status;
    // STATX_MNT_ID; STATX_ATTR_MOUNT_ROOT.
    if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0x1000, &status) != 0) return -1;
    *mount = status.stx_mnt_id;
    *is_root = (status.stx_attributes & 0x2000) != 0;
    return 0;
}

int clinux_file_system_type(int fd, uint64_t *type) {
    struct statfs status;
    if (fstatfs(fd, &status) != 0) return -1;
    *type = (uint64_t)status.f_type;
    return 0;
}

int clinux_unshare(int flags) { return unshare(flags); }

int clinux_setns(int fd, int type) { return setns(fd, type); }

int clinux_fork_in_user_namespace(int until) {
    int answer[2];
    if (pipe2(answer, O_CLOEXEC) != 0) return -1;
    pid_t child = fork();
    int problem = errno;
    if (child == 0) {
        // With the parent's last breath, whoever else has the other end of `until`.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        problem = unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
        char byte;
        if (write(answer[1], &problem, sizeof problem) == sizeof problem && problem == 0)
            while (read(until, &byte, 1) < 0 && errno == EINTR) {}
        _exit(0);
    }
    close(answer[1]);
    if (child > 0 && read(answer[0], &problem, sizeof problem) != sizeof problem) problem = EIO;
    close(answer[0]);
    if (child > 0 && problem != 0) {
        kill(child, SIGKILL);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        child = -1;
    }
    errno = problem;
    return child;
}
