// A container's first process: from clone3(2) to execve(2) all is C, since nothing of Swift may run in the child of a
// process that might have had threads. What is to be done is a list of operations, made beforehand.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// What an operation does. `mount` and `other` are indexes into the launch's mounts, -1 for none.
enum clinux_operation_kind {
    /// Goes into the control group of version 1 whose file `tasks` is the descriptor `number`.
    CLINUX_JOIN,
    /// Becomes user and group 0 of the new user namespace.
    CLINUX_BECOME_ROOT,
    /// A session, a session keyring and an umask of its own.
    CLINUX_SESSION,
    /// unshare(2) of `flags`.
    CLINUX_UNSHARE,
    /// sethostname(2) of `data`.
    CLINUX_HOSTNAME,
    /// Brings `lo` up.
    CLINUX_LOOPBACK,
    /// Nothing mounted from here on passes to the host, or back.
    CLINUX_PRIVATE,
    /// `mount`: a file system of type `path` with the options `data` (name, zero, value, zero), attributes `flags`.
    CLINUX_FILESYSTEM,
    /// `mount` becomes the root, and the old one is gone.
    CLINUX_PIVOT,
    /// `mount`: a copy of the mount at `path` in `other`; recursive where `flags` is 1.
    ///
    /// Before Linux 6.15, which copies nothing that is nowhere, `other` is first put over the old root.
    CLINUX_COPY,
    /// Takes `mount` off the old root, where CLINUX_COPY put it there.
    CLINUX_UNSHELVE,
    /// Sets the attributes `flags` and the propagation `number` of `mount`; `size` 1: recursively.
    CLINUX_ATTRIBUTES,
    /// Puts `mount` at `path` of the root; `flags` CLINUX_TARGET_….
    CLINUX_ATTACH,
    /// Puts `mount` at the name `path`, made where it is missing, in the file system `other`, which is the runner's own
    /// and has nothing of the image in it; `flags` CLINUX_TARGET_FILE.
    CLINUX_INSTALL,
    /// A directory `path` of mode `number` in `mount`, if it is not there.
    CLINUX_DIRECTORY,
    /// A device `path` of mode `number`, numbers `flags`, owner and group in `data` in `mount`.
    CLINUX_NODE,
    /// A symbolic link `path` to `data` in `mount`.
    CLINUX_SYMLINK,
    /// A file `path` of mode `number` with the bytes `data` in `mount`; `flags` is its owner, and its group from bit 32 on.
    CLINUX_FILE,
    /// Hides `path` in `mount` (-1: of the root), where it is, by the file `other` or the directory `number`, mounts.
    CLINUX_MASK,
    /// Mounts `path` in `mount` (-1: of the root), where it is, on itself with the attributes `flags`.
    CLINUX_NARROW,
    /// Mounts the directory `path` of the root, made where it is missing, on itself.
    CLINUX_VOLUME,
    /// A terminal in the devpts `mount`, its console in the /dev `other`; the owner is `number`.
    CLINUX_TERMINAL,
    /// Writes `data` to the setting `path` below sys in the procfs `mount`.
    CLINUX_SYSCTL,
    /// The directory `path` is where it stands; made where it is missing.
    CLINUX_STAND,
    /// Standard input is the device `null` in `mount`.
    CLINUX_NULL_INPUT,
    /// The standard stream `flags` is the descriptor `number`.
    CLINUX_STREAM,
    /// setrlimit(2) of `number` to the two numbers `data`.
    CLINUX_RLIMIT,
    /// Becomes who `data` says, a `clinux_identity`.
    CLINUX_IDENTITY,
    /// prctl(2), PR_SET_NO_NEW_PRIVS.
    CLINUX_NO_NEW_PRIVILEGES,
    /// seccomp(2) with the program `data`.
    CLINUX_SECCOMP,
};

/// The target of CLINUX_ATTACH is made as a directory, or as a file, where it is missing.
#define CLINUX_TARGET_FILE 1
/// No symbolic link may lead to it.
#define CLINUX_TARGET_STRICT 2

/// The error of a target that leads into /proc.
#define CLINUX_E_IN_PROC 4001
/// The error of a target that is not what was mounted on it.
#define CLINUX_E_MOVED 4002
/// The error of a directory that is not within the root.
#define CLINUX_E_OUTSIDE 4003

/// One operation.
struct clinux_operation {
    enum clinux_operation_kind kind;
    int mount;
    int other;
    uint64_t flags;
    uint64_t number;
    const char *path;
    const void *data;
    size_t size;
};

/// Who a process becomes.
struct clinux_identity {
    uint32_t uid, gid, umask;
    uint32_t group_count;
    const uint32_t *groups;
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

/// What is launched.
struct clinux_launch {
    /// CLONE_NEW….
    uint64_t namespaces;
    /// The directory of a cgroup of version 2 it begins in, or -1.
    int cgroup;
    /// What /proc/self/exe is before the command: `clinux_stage`.
    int stage;
    /// Descriptors from this number on are closed.
    int first_closed;
    /// Descriptors of mounts, -1 where an operation makes one; each operation names them by index.
    int *mounts;
    const struct clinux_operation *operations;
    int operation_count;
    /// For the stage: `ctr-init`, `r` (a reaper) or `-`, a word that becomes the channel's number, candidates, an
    /// empty word, arguments.
    char **arguments;
    char **environment;
};

/// What a child says when it fails; nothing is said by a command that was executed.
struct clinux_report {
    /// The index of the operation; `operation_count` is the execution; -1 brings a terminal.
    int32_t operation;
    int32_t error;
};

/// Makes the child, which waits for a byte on `channel`.
///
/// Its process number, or -1 with errno; `pidfd` and `channel` are the parent's to close.
pid_t clinux_container_clone(struct clinux_launch *launch, int *pidfd, int *channel);

/// Lets it go.
int clinux_container_go(int channel);

/// Waits for a report: 1, and a terminal's master in `terminal` where one came; 0 when the command is executed.
int clinux_container_report(int channel, struct clinux_report *report, int *terminal);

/// A process that kills `pidfd` when the caller ends, and ends itself when `pidfd` does; -1 with errno.
pid_t clinux_container_keeper(int pidfd);

/// An executable in memory, sealed, of a few hundred bytes, that executes the command and is its reaper; -1 with errno.
///
/// It stands between the runner and the command, so that /proc/self/exe in the container is never the runner
/// (CVE-2019-5736): an image whose command is `#!/proc/self/exe` finds this.
int clinux_stage(void);

/// A process in a new user namespace that only waits to be killed; -1 with errno.
pid_t clinux_user_namespace(int *pidfd);

/// mount_setattr(2) with MOUNT_ATTR_IDMAP.
int clinux_map_mount(int mount, int user_namespace);
/// pidfd_send_signal(2).
int clinux_pidfd_kill(int pidfd, int signal);
/// waitid(2) of a pidfd: the status as a shell counts it, 128+N where signal N ended it; -1 with errno.
int clinux_pidfd_wait(int pidfd);
/// signalfd(2) of all signals but those a program gets by its own fault; blocks them.
int clinux_all_signals(void *before);
/// The next signal that has come; 0 where there is none.
int clinux_next_signal(int signals);
/// Sets the thread's signal mask as `clinux_all_signals` found it.
void clinux_restore_signals(const void *before);
/// How many bytes can be read from a pipe now (FIONREAD); -1 with errno.
int clinux_waiting_bytes(int pipe);
/// Opens the other end of a terminal, which becomes nobody's controlling one (TIOCGPTPEER); -1 with errno.
int clinux_terminal_end(int master);
/// The size of a terminal goes from one to another (TIOCGWINSZ, TIOCSWINSZ).
int clinux_copy_window(int from, int to);
