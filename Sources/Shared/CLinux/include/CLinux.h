// System calls that Swift can't make (variadic ones, those glibc has no wrapper for, those behind _GNU_SOURCE),
// and the flags that go with them.
#pragma once
#include "CLinuxContainer.h"
#include "CLinuxMount.h"
#include "CLinuxSpawn.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// openat2(2).
int clinux_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

/// syncfs(2).
int clinux_syncfs(int fd);

/// pipe2(2).
int clinux_pipe2(int ends[2], int flags);

/// O_PATH of open(2).
extern const int clinux_O_PATH;
/// O_TMPFILE of open(2).
extern const int clinux_O_TMPFILE;
/// AT_EMPTY_PATH of linkat(2).
extern const int clinux_AT_EMPTY_PATH;

/// F_SETPIPE_SZ of fcntl(2).
int clinux_set_pipe_size(int fd, int size);

/// SEEK_DATA of lseek(2).
extern const int clinux_SEEK_DATA;
/// SEEK_HOLE of lseek(2).
extern const int clinux_SEEK_HOLE;

/// FICLONE of ioctl_ficlone(2).
int clinux_clone(int fd, int source);

/// copy_file_range(2) at these offsets.
ssize_t clinux_copy_file_range(int source, off_t from, int fd, off_t to, size_t count);

/// pidfd_open(2); the descriptor is O_CLOEXEC.
int clinux_pidfd_open(int pid);
