#define _GNU_SOURCE
#include "container.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/vfs.h>

// STATX_MNT_ID, which older headers don't have.
enum { MOUNT_ID = 0x1000 };

// A path in a file system of the runner's own making, or in proc and sys: nothing there may lead elsewhere
// (CVE-2025-31133, CVE-2025-52881).
static int open_beneath(int directory, const char *path) {
    return clinux_openat2(
        directory, *path ? path : ".", O_PATH | O_CLOEXEC | O_NOFOLLOW, 0,
        RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int container_set_mount(int mount, uint64_t set, uint64_t propagation, int recursive) {
    return clinux_mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? RECURSIVE : 0), set, 0, propagation);
}

int container_clone(int place, int recursive) {
    return clinux_open_tree(
        place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? RECURSIVE : 0));
}

int container_move(int mount, int place) {
    return clinux_move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// Over the old root, the one place that is sure to exist.
static int shelve(int mount) { return clinux_move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH); }

int container_unshelve(struct container_child *child, int mount) {
    if (child->shelf != mount) return 0;
    child->shelf = -1;
    if (fchdir(mount) != 0 || syscall(SYS_umount2, ".", UMOUNT_DETACH) != 0) return -1;
    return chdir("/");
}

int container_filesystem(struct container_child *child, const struct clinux_operation *operation) {
    int context = clinux_fsopen(operation->path, FSOPEN_CLOEXEC);
    if (context < 0) return -1;
    const char *option = operation->data, *end = option + operation->size;
    int result = 0;
    while (result == 0 && option < end) {
        const char *value = option + strlen(option) + 1;
        int command = *value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
        result = clinux_fsconfig(context, command, option, *value ? value : NULL, 0);
        option = value + strlen(value) + 1;
    }
    if (result == 0) result = clinux_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
    if (result == 0) result = clinux_fsmount(context, FSMOUNT_CLOEXEC, (unsigned)operation->flags);
    if (container_close(context, result) < 0) return -1;
    child->launch->mounts[operation->mount] = result;
    return 0;
}

// Whether `place` is the root of the very mount `mount`, not just the same file; else `error`.
static int is_root_of(int mount, int place, int error) {
    struct statx one, two;
    if (statx(place, "", AT_EMPTY_PATH, STATX_INO | MOUNT_ID, &one) != 0) return -1;
    if (statx(mount, "", AT_EMPTY_PATH, STATX_INO | MOUNT_ID, &two) != 0) return -1;
    if (one.stx_mnt_id == two.stx_mnt_id && one.stx_ino == two.stx_ino) return 0;
    errno = error;
    return -1;
}

// Whether nothing lies over the root any more: from a root that is covered, `..` leads to what covers it.
static int is_bare(int root) {
    int above = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return above < 0 ? -1 : container_close(above, is_root_of(root, above, CLINUX_E_OUTSIDE));
}

int container_pivot(struct container_child *child, const struct clinux_operation *operation) {
    int mount = child->launch->mounts[operation->mount];
    // From over the old root the two change places, and the old one, which then lies over the new, is taken off with
    // all in it. No path leads to the host after that.
    if (shelve(mount) != 0) return -1;
    if (fchdir(mount) != 0) return -1;
    if (syscall(SYS_pivot_root, ".", ".") != 0) return -1;
    if (syscall(SYS_umount2, ".", UMOUNT_DETACH) != 0) return -1;
    if (chdir("/") != 0) return -1;
    child->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return child->root < 0 ? -1 : is_bare(mount);
}

int container_copy(struct container_child *child, const struct clinux_operation *operation) {
    int from = child->launch->mounts[operation->other];
    int place = open_beneath(from, operation->path);
    if (place < 0) return -1;
    int copy = container_clone(place, operation->flags != 0);
    if (copy < 0 && errno == EINVAL && child->shelf < 0 && shelve(from) == 0) {
        child->shelf = from;
        copy = container_clone(place, operation->flags != 0);
    }
    container_close(place, copy);
    child->launch->mounts[operation->mount] = copy;
    return copy < 0 ? -1 : 0;
}

// Where something is to be mounted.
static int open_target(struct container_child *child, const char *path, mode_t make, int strict) {
    struct statfs file_system;
    int place = container_open(child, path, make, strict);
    if (place < 0) return -1;
    if (fstatfs(place, &file_system) != 0) return container_close(place, -1);
    if (file_system.f_type != PROC_SUPER_MAGIC) return place;
    // Over a file of /proc, mounts would change what the runner or the command later read and write there.
    errno = CLINUX_E_IN_PROC;
    return container_close(place, -1);
}

int container_attach(struct container_child *child, const struct clinux_operation *operation) {
    int mount = child->launch->mounts[operation->mount];
    mode_t make = operation->flags & CLINUX_TARGET_FILE ? S_IFREG : S_IFDIR;
    int strict = (operation->flags & CLINUX_TARGET_STRICT) != 0;
    int place = open_target(child, operation->path, make, strict);
    if (place < 0 || container_close(place, container_move(mount, place)) != 0) return -1;
    // The path must now lead to it.
    place = container_open(child, operation->path, 0, strict);
    return place < 0 ? -1 : container_close(place, is_root_of(mount, place, CLINUX_E_MOVED));
}

int container_install(struct container_child *child, const struct clinux_operation *operation) {
    int directory = child->launch->mounts[operation->other];
    int made = operation->flags & CLINUX_TARGET_FILE ? mknodat(directory, operation->path, S_IFREG | 0644, 0)
                                                     : mkdirat(directory, operation->path, 0755);
    if (made != 0 && errno != EEXIST) return -1;
    // A link that somebody else would have put there is not followed.
    return clinux_move_mount(
        child->launch->mounts[operation->mount], "", directory, operation->path, MOVE_MOUNT_F_EMPTY_PATH);
}

// A path to hide or narrow. The base is the very mount of proc or sys, so that no link of the image stands before it.
static int open_system(struct container_child *child, const struct clinux_operation *operation) {
    return operation->mount >= 0 ? open_beneath(child->launch->mounts[operation->mount], operation->path)
                                 : container_open(child, operation->path, 0, 0);
}

// What came of not opening it: what is not there needs neither.
static int unless_missing(void) { return errno == ENOENT || errno == ENOTDIR ? 0 : -1; }

// A copy of the mount `slot`, or, before Linux 6.15, which copies nothing that is nowhere, the first time itself.
static int cover_of(int slot) {
    int copy = container_clone(slot, 0);
    return copy < 0 && errno == EINVAL ? fcntl(slot, F_DUPFD_CLOEXEC, 3) : copy;
}

int container_mask(struct container_child *child, const struct clinux_operation *operation) {
    struct stat status;
    int place = open_system(child, operation);
    if (place < 0) return unless_missing();
    if (fstat(place, &status) != 0) return container_close(place, -1);
    // An empty file of the runner's own, not /dev/null, which the image or another container might replace.
    int slot = S_ISDIR(status.st_mode) ? (int)operation->number : operation->other;
    int cover = cover_of(child->launch->mounts[slot]);
    int result = cover < 0 ? -1 : container_close(cover, container_move(cover, place));
    return container_close(place, result);
}

// Mounts a place on itself, and lets go of it.
static int island(int place, uint64_t attributes) {
    int copy = container_clone(place, 1);
    if (copy < 0) return container_close(place, -1);
    int result = attributes ? container_set_mount(copy, attributes, 0, 1) : 0;
    if (result == 0) result = container_move(copy, place);
    return container_close(place, container_close(copy, result));
}

int container_narrow(struct container_child *child, const struct clinux_operation *operation) {
    int place = open_system(child, operation);
    return place < 0 ? unless_missing() : island(place, operation->flags);
}

int container_volume(struct container_child *child, const struct clinux_operation *operation) {
    int place = open_target(child, operation->path, S_IFDIR, 0);
    return place < 0 ? -1 : island(place, operation->flags);
}

int clinux_map_mount(int mount, int user_namespace) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}
