#define _GNU_SOURCE
#include "container.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

// What makes a path that is missing. The root is the container's own by now, so that `..` and absolute links end in
// it; each step is one component, opened without following it; a magic link of /proc is refused, its text is a lie.
struct walk {
    int root, at, links;
    char rest[2 * PATH_MAX];
};

static int step_into(struct walk *walk, int next) {
    if (walk->at != walk->root) close(walk->at);
    walk->at = next;
    return 0;
}

static int follow(struct walk *walk, int link, const char *after) {
    char target[PATH_MAX], rest[sizeof walk->rest];
    struct statfs file_system;
    if (++walk->links > 40 || fstatfs(link, &file_system) != 0 || file_system.f_type == PROC_SUPER_MAGIC) {
        errno = ELOOP;
        return -1;
    }
    ssize_t count = readlinkat(link, "", target, sizeof target);
    if (count < 0) return -1;
    int size = snprintf(rest, sizeof rest, "%.*s/%s", (int)count, target, after);
    if (size < 0 || (size_t)size >= sizeof rest) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (count > 0 && target[0] == '/') step_into(walk, walk->root);
    memcpy(walk->rest, rest, (size_t)size + 1);
    return 0;
}

static int open_component(struct walk *walk, const char *name, mode_t make) {
    int next = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (next >= 0 || errno != ENOENT || !make) return next;
    if (make == S_IFDIR) {
        if (mkdirat(walk->at, name, 0755) != 0 && errno != EEXIST) return -1;
    } else {
        int file = openat(walk->at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (file < 0 && errno != EEXIST) return -1;
        if (file >= 0) close(file);
    }
    return openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int walk_on(struct walk *walk, mode_t make) {
    char name[NAME_MAX + 1], after[sizeof walk->rest];
    while (1) {
        const char *start = walk->rest + strspn(walk->rest, "/");
        size_t size = strcspn(start, "/");
        if (size == 0) return 0;
        if (size > NAME_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, start, size);
        name[size] = 0;
        const char *tail = start + size;
        int is_last = tail[strspn(tail, "/")] == 0;
        strcpy(after, tail);
        int next = open_component(walk, name, is_last && make ? make : make ? S_IFDIR : 0);
        if (next < 0) return -1;
        struct stat status;
        if (fstat(next, &status) != 0 || (S_ISLNK(status.st_mode) && follow(walk, next, after) != 0))
            return container_close(next, -1);
        if (S_ISLNK(status.st_mode)) {
            close(next);
            continue;
        }
        step_into(walk, next);
        strcpy(walk->rest, after);
    }
}

int container_open(struct container_child *child, const char *path, mode_t make, int strict) {
    uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (strict ? RESOLVE_NO_SYMLINKS : 0);
    int place = clinux_openat2(child->root, path, O_PATH | O_CLOEXEC, 0, resolve);
    if (place >= 0 || errno != ENOENT || !make) return place;
    struct walk walk = {.root = child->root, .at = child->root};
    if (strlen(path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(walk.rest, path);
    if (walk_on(&walk, make) != 0) {
        int problem = errno;
        step_into(&walk, walk.root);
        errno = problem;
        return -1;
    }
    // The root itself is the child's to keep.
    return walk.at == walk.root ? fcntl(walk.root, F_DUPFD_CLOEXEC, 3) : walk.at;
}

int container_node(struct container_child *child, const struct clinux_operation *operation) {
    int directory = child->launch->mounts[operation->mount];
    const uint32_t *owner = operation->data;
    if (mknodat(directory, operation->path, (mode_t)operation->number, (dev_t)operation->flags) != 0) return -1;
    if (owner[0] == 0 && owner[1] == 0) return 0;
    return fchownat(directory, operation->path, owner[0], owner[1], AT_SYMLINK_NOFOLLOW);
}

// Writes all of `data`, or else `error`.
static int write_whole(int file, const struct clinux_operation *operation, int error) {
    if (file < 0) return -1;
    ssize_t count = write(file, operation->data, operation->size);
    if (count >= 0) errno = error;
    return container_close(file, count == (ssize_t)operation->size ? 0 : -1);
}

int container_file(struct container_child *child, const struct clinux_operation *operation) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, directory = child->launch->mounts[operation->mount];
    int file = openat(directory, operation->path, flags, (mode_t)operation->number);
    uid_t user = (uid_t)operation->flags;
    gid_t group = (gid_t)(operation->flags >> 32);
    if (file >= 0 && (user != 0 || group != 0) && fchown(file, user, group) != 0) return container_close(file, -1);
    return write_whole(file, operation, ENOSPC);
}

int container_sysctl(struct container_child *child, const struct clinux_operation *operation) {
    uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    int directory = child->launch->mounts[operation->mount];
    return write_whole(
        clinux_openat2(directory, operation->path, O_WRONLY | O_CLOEXEC, 0, resolve), operation, EIO);
}

int container_stand(struct container_child *child, const struct clinux_operation *operation) {
    char name[PATH_MAX];
    int place = container_open(child, operation->path, S_IFDIR, 0);
    if (place < 0) return -1;
    if (container_close(place, fchdir(place)) != 0) return -1;
    // Not by a path, by the kernel's word: `(unreachable)/…` is a directory of the host (CVE-2024-21626).
    if (syscall(SYS_getcwd, name, sizeof name) < 0) return -1;
    if (name[0] == '/') return 0;
    errno = CLINUX_E_OUTSIDE;
    return -1;
}

int container_null_input(struct container_child *child, const struct clinux_operation *operation) {
    struct stat status;
    int file = openat(child->launch->mounts[operation->mount], "null", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return -1;
    if (fstat(file, &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) {
        errno = CLINUX_E_MOVED;
        return -1;
    }
    return dup2(file, 0) < 0 ? -1 : 0;
}

int container_terminal(struct container_child *child, const struct clinux_operation *operation) {
    int unlocked = 0;
    int devpts = child->launch->mounts[operation->mount];
    int master = openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) != 0) return -1;
    // The other end by the master, not by a name (CVE-2025-52565).
    int end = clinux_terminal_end(master);
    if (end < 0 || fchown(end, (uid_t)operation->number, (gid_t)-1) != 0) return -1;
    // The size of the runner's, before anybody asks.
    for (int number = 0; number < 3 && clinux_copy_window(number, master) != 0; number++) {}
    if (ioctl(end, TIOCSCTTY, 0) != 0 || container_send_terminal(child->channel, master) != 0) return -1;
    close(master);
    for (int number = 0; number < 3; number++)
        if (dup2(end, number) < 0) return -1;
    if (operation->other < 0) return 0;
    int console = openat(
        child->launch->mounts[operation->other], "console", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (console < 0) return -1;
    int copy = container_clone(end, 0);
    return copy < 0 ? -1 : container_move(copy, console);
}

int clinux_terminal_end(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

int clinux_copy_window(int from, int to) {
    struct winsize size;
    if (ioctl(from, TIOCGWINSZ, &size) != 0) return -1;
    return ioctl(to, TIOCSWINSZ, &size);
}
