#define _GNU_SOURCE
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

// MNT_DETACH of <sys/mount.h>, which can't be had together with <linux/mount.h>; AT_RECURSIVE.
enum { UMOUNT_DETACH = 2, RECURSIVE = 0x8000 };

static int open_beneath(int directory, const char *path) {
    // A path in a file system of the runner's own making, or in proc and sys: nothing there may lead elsewhere
    // (CVE-2025-31133, CVE-2025-52881).
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, directory, *path ? path : ".", &how, sizeof how);
}

int container_set_mount(int mount, uint64_t set, uint64_t propagation, int recursive) {
    struct mount_attr attributes = {.attr_set = set, .propagation = propagation};
    unsigned flags = recursive ? RECURSIVE : 0;
    if (mount < 0) return (int)syscall(SYS_mount_setattr, AT_FDCWD, "/", flags, &attributes, sizeof attributes);
    return (int)syscall(SYS_mount_setattr, mount, "", flags | AT_EMPTY_PATH, &attributes, sizeof attributes);
}

static int copy_of(int place, int recursive) {
    return (int)syscall(
        SYS_open_tree, place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? RECURSIVE : 0));
}

static int move_to(int mount, int place) {
    return (int)syscall(
        SYS_move_mount, mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

int container_filesystem(struct container_child *child, const struct clinux_operation *operation) {
    int context = (int)syscall(SYS_fsopen, operation->path, FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    const char *option = operation->data, *end = option + operation->size;
    int result = 0;
    while (result == 0 && option < end) {
        const char *value = option + strlen(option) + 1;
        int command = *value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
        result = (int)syscall(SYS_fsconfig, context, command, option, *value ? value : NULL, 0);
        option = value + strlen(value) + 1;
    }
    if (result == 0) result = (int)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    if (result == 0)
        result = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)operation->flags);
    int problem = errno;
    close(context);
    errno = problem;
    if (result < 0) return -1;
    child->launch->mounts[operation->mount] = result;
    return 0;
}

// Whether nothing lies over the root any more: from a root that is covered, `..` leads to what covers it.
static int is_bare(int root) {
    struct statx one, two;
    int above = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (above < 0) return -1;
    int result = statx(above, "", AT_EMPTY_PATH, STATX_INO | 0x1000U, &one);
    if (result == 0) result = statx(root, "", AT_EMPTY_PATH, STATX_INO | 0x1000U, &two);
    close(above);
    if (result != 0) return -1;
    if (one.stx_mnt_id == two.stx_mnt_id && one.stx_ino == two.stx_ino) return 0;
    errno = CLINUX_E_OUTSIDE;
    return -1;
}

int container_pivot(struct container_child *child, const struct clinux_operation *operation) {
    int mount = child->launch->mounts[operation->mount];
    // Over the old root, the one place that is sure to exist; from there the two change places, and the old one,
    // which then lies over the new, is taken off with all in it. No path leads to the host after that.
    if (syscall(SYS_move_mount, mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) return -1;
    if (fchdir(mount) != 0) return -1;
    if (syscall(SYS_pivot_root, ".", ".") != 0) return -1;
    if (syscall(SYS_umount2, ".", UMOUNT_DETACH) != 0) return -1;
    if (chdir("/") != 0) return -1;
    child->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return child->root < 0 ? -1 : is_bare(mount);
}

int container_copy(struct container_child *child, const struct clinux_operation *operation) {
    int place = open_beneath(child->launch->mounts[operation->other], operation->path);
    if (place < 0) return -1;
    int copy = copy_of(place, operation->flags != 0);
    int problem = errno;
    close(place);
    errno = problem;
    child->launch->mounts[operation->mount] = copy;
    return copy < 0 ? -1 : 0;
}

// Whether `path` now leads to `mount`: the root of that very mount, not just the same file.
static int leads_to(struct container_child *child, const char *path, int mount, int strict) {
    struct statx one, two;
    int place = container_open(child, path, 0, strict);
    if (place < 0) return -1;
    int result = statx(place, "", AT_EMPTY_PATH, STATX_INO | 0x1000U, &one);
    if (result == 0) result = statx(mount, "", AT_EMPTY_PATH, STATX_INO | 0x1000U, &two);
    close(place);
    if (result != 0) return -1;
    if (one.stx_mnt_id == two.stx_mnt_id && one.stx_ino == two.stx_ino) return 0;
    errno = CLINUX_E_MOVED;
    return -1;
}

static int attach_to(struct container_child *child, const char *path, int mount, mode_t make, int strict) {
    struct statfs file_system;
    int place = container_open(child, path, make, strict);
    if (place < 0) return -1;
    int result = fstatfs(place, &file_system);
    // Over a file of /proc, mounts would change what the runner or the command later read and write there.
    if (result == 0 && file_system.f_type == PROC_SUPER_MAGIC) {
        errno = CLINUX_E_IN_PROC;
        result = -1;
    }
    if (result == 0) result = move_to(mount, place);
    int problem = errno;
    close(place);
    errno = problem;
    return result != 0 ? -1 : leads_to(child, path, mount, strict);
}

int container_attach(struct container_child *child, const struct clinux_operation *operation) {
    mode_t make = operation->flags & CLINUX_TARGET_FILE ? S_IFREG : S_IFDIR;
    int strict = (operation->flags & CLINUX_TARGET_STRICT) != 0;
    return attach_to(child, operation->path, child->launch->mounts[operation->mount], make, strict);
}

// A copy of the mount `slot`, or, before Linux 6.15, which copies nothing that is nowhere, the first time itself.
static int cover_of(int slot) {
    int copy = copy_of(slot, 0);
    return copy < 0 && errno == EINVAL ? fcntl(slot, F_DUPFD_CLOEXEC, 3) : copy;
}

int container_mask(struct container_child *child, const struct clinux_operation *operation) {
    struct stat status;
    int *mounts = child->launch->mounts;
    // The base is the very mount of proc or sys, so that no link of the image stands before it.
    int place = operation->mount >= 0 ? open_beneath(mounts[operation->mount], operation->path)
                                      : container_open(child, operation->path, 0, 0);
    if (place < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    // An empty file of the runner's own, not /dev/null, which the image or another container might replace.
    int cover = -1, result = fstat(place, &status);
    if (result == 0)
        cover = cover_of(mounts[S_ISDIR(status.st_mode) ? (int)operation->number : operation->other]);
    result = cover < 0 ? -1 : move_to(cover, place);
    int problem = errno;
    if (cover >= 0) close(cover);
    close(place);
    errno = problem;
    return result;
}

// Mounts a place on itself.
static int island(int place, uint64_t attributes) {
    int copy = copy_of(place, 1);
    if (copy < 0) return -1;
    int result = attributes ? container_set_mount(copy, attributes, 0, 1) : 0;
    if (result == 0) result = move_to(copy, place);
    int problem = errno;
    close(copy);
    errno = problem;
    return result;
}

int container_narrow(struct container_child *child, const struct clinux_operation *operation) {
    int place = operation->mount >= 0 ? open_beneath(child->launch->mounts[operation->mount], operation->path)
                                      : container_open(child, operation->path, 0, 0);
    if (place < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int result = island(place, operation->flags);
    int problem = errno;
    close(place);
    errno = problem;
    return result;
}

int container_volume(struct container_child *child, const struct clinux_operation *operation) {
    struct statfs file_system;
    int place = container_open(child, operation->path, S_IFDIR, 0);
    if (place < 0) return -1;
    int result = fstatfs(place, &file_system);
    if (result == 0 && file_system.f_type == PROC_SUPER_MAGIC) {
        errno = CLINUX_E_IN_PROC;
        result = -1;
    }
    if (result == 0) result = island(place, operation->flags);
    int problem = errno;
    close(place);
    errno = problem;
    return result;
}

int clinux_map_mount(int mount, int user_namespace) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}
