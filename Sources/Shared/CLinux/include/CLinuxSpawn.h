#pragma once
#include <sys/types.h>

/// How a program is started.
struct clinux_program {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// What become its descriptors 0, 1 and 2; those numbers themselves, or all above 2.
    int standard[3];
    /// A descriptor that stays open under its number; -1 for none.
    int kept;
    /// Where it is to stand; -1 for here.
    int directory;
    /// Whether it is killed when the thread that started it ends.
    int dies_with_parent;
    /// Whether all signals are as a program expects them; else the ignored ones stay so.
    int resets_signals;
    /// The signals to block.
    const void *mask;
};

/// vfork(2) and execve(2): a child that runs `program`, or -1 with the error of either.
pid_t clinux_spawn(const struct clinux_program *program);
