// System calls that Swift can't make: variadic ones and those glibc has no wrapper for.
#pragma once
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

/// openat2(2).
int clinux_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
