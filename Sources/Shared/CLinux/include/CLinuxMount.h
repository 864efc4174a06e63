// The calls about mounts and namespaces. Their constants are given as numbers in Swift: <linux/mount.h> and
// <sys/mount.h> can't be had together.
#pragma once
#include <stdint.h>

/// fsopen(2).
int clinux_fsopen(const char *type, unsigned flags);
/// fsconfig(2).
int clinux_fsconfig(int context, unsigned command, const char *key, const void *value, int aux);
/// fsmount(2).
int clinux_fsmount(int context, unsigned flags, unsigned attributes);
/// open_tree(2).
int clinux_open_tree(int directory, const char *path, unsigned flags);
/// move_mount(2).
int clinux_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);
/// mount_setattr(2).
int clinux_mount_setattr(
    int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation);
/// mount(2).
int clinux_mount(
    const char *source, const char *target, const char *type, unsigned long flags, const char *data);
/// umount2(2).
int clinux_umount2(const char *target, int flags);
/// statx(2) of an open file for its mount: the mount's number, and whether it is the root of that mount.
int clinux_mount_of(int fd, uint64_t *mount, int *is_root);
/// The f_type of fstatfs(2), which Swift doesn't see.
int clinux_file_system_type(int fd, uint64_t *type);

/// unshare(2).
int clinux_unshare(int flags);
/// setns(2).
int clinux_setns(int fd, int type);
/// fork(2) of a process that does nothing but be in a new user namespace until `until` is at its end.
///
/// Returns when it is in there, or with the error that kept it out and no process.
int clinux_fork_in_user_namespace(int until);
