#define _GNU_SOURCE
#include "container.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

// The bits of what is in `set` and what the runner has.
static int permitted_of_runner(uint64_t *set) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    *set = data[0].permitted | (uint64_t)data[1].permitted << 32;
    return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted, .inheritable = (uint32_t)inheritable},
        {.effective = (uint32_t)(effective >> 32),
         .permitted = (uint32_t)(permitted >> 32),
         .inheritable = (uint32_t)(inheritable >> 32)}};
    return (int)syscall(SYS_capset, &header, data);
}

// The order: what can ever be had is narrowed while CAP_SETPCAP is there; groups before the user, who may not change
// them; capabilities are kept over the change of the user, then cut to what is wanted; ambient ones come last, since
// they must be permitted and inheritable.
int container_identity(const struct clinux_identity *wanted) {
    uint64_t own = 0;
    if (permitted_of_runner(&own) != 0) return -1;
    for (unsigned number = 0; number < 64; number++) {
        int has = prctl(PR_CAPBSET_READ, number, 0, 0, 0);
        if (has < 0) break;
        if (has == 1 && !(wanted->bounding >> number & 1) && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return -1;
    }
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return -1;
    // Where the user's map forbids it there are none that could be dropped.
    if (syscall(SYS_setgroups, wanted->group_count, wanted->groups) != 0
        && (errno != EPERM || wanted->group_count > 0))
        return -1;
    if (syscall(SYS_setresgid, wanted->gid, wanted->gid, wanted->gid) != 0) return -1;
    if (syscall(SYS_setresuid, wanted->uid, wanted->uid, wanted->uid) != 0) return -1;
    umask((mode_t)wanted->umask);

    uint64_t permitted = wanted->permitted & own, inheritable = wanted->inheritable & own;
    if (set_capabilities(wanted->effective & permitted, permitted, inheritable) != 0) return -1;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return -1;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return -1;
    for (unsigned number = 0; number < 64; number++) {
        if (!((wanted->ambient & permitted & inheritable) >> number & 1)) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) return -1;
    }
    return 0;
}
