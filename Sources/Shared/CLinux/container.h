// What the files container*.c share.
#pragma once
#include "CLinux.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct container_child {
    struct clinux_launch *launch;
    int channel;
    /// A pidfd of the runner.
    int parent;
    /// The root, once it is the container's.
    int root;
    /// The mount that lies over the old root, -1 for none.
    int shelf;
};

// MNT_DETACH of <sys/mount.h>, which can't be had together with <linux/mount.h>; AT_RECURSIVE.
enum { UMOUNT_DETACH = 2, RECURSIVE = 0x8000 };

/// Closes `fd`, and returns `result` with the errno that came with it.
static inline int container_close(int fd, int result) {
    int problem = errno;
    close(fd);
    errno = problem;
    return result;
}

/// Performs one operation: 0, or -1 with errno.
int container_perform(struct container_child *child, const struct clinux_operation *operation);

/// Opens `path` of the root with O_PATH; `make` is S_IFDIR or S_IFREG to make what is missing, 0 not to.
int container_open(struct container_child *child, const char *path, mode_t make, int strict);

// One function for each kind that takes more than a line.
int container_filesystem(struct container_child *child, const struct clinux_operation *operation);
int container_pivot(struct container_child *child, const struct clinux_operation *operation);
int container_copy(struct container_child *child, const struct clinux_operation *operation);
int container_install(struct container_child *child, const struct clinux_operation *operation);
int container_attach(struct container_child *child, const struct clinux_operation *operation);
int container_node(struct container_child *child, const struct clinux_operation *operation);
int container_file(struct container_child *child, const struct clinux_operation *operation);
int container_mask(struct container_child *child, const struct clinux_operation *operation);
int container_narrow(struct container_child *child, const struct clinux_operation *operation);
int container_volume(struct container_child *child, const struct clinux_operation *operation);
int container_terminal(struct container_child *child, const struct clinux_operation *operation);
int container_sysctl(struct container_child *child, const struct clinux_operation *operation);
int container_stand(struct container_child *child, const struct clinux_operation *operation);
int container_null_input(struct container_child *child, const struct clinux_operation *operation);
int container_identity(const struct clinux_identity *identity);
int container_loopback(void);
int container_seccomp(const struct clinux_operation *operation);

int container_send_terminal(int channel, int master);
/// Takes `mount` off the root if it lies there.
int container_unshelve(struct container_child *child, int mount);
/// A copy of the mount that has `place`, -1 with errno.
int container_clone(int place, int recursive);
/// Puts `mount` on top of `place`.
int container_move(int mount, int place);
int container_set_mount(int mount, uint64_t set, uint64_t propagation, int recursive);
