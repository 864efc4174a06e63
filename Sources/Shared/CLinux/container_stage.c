// The program between the runner and the command. It is machine code of this very file, copied behind an ELF header
// into a sealed memfd: nothing here may need anything that lies outside of the section `ctr_stage`. So: no string
// or other constants, no calls, no initialized arrays (memset), no switch (jump tables).
#define _GNU_SOURCE
#include "CLinuxContainer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define IN_STAGE                                                                                                  \
    __attribute__((                                                                                               \
        section("ctr_stage"), used, visibility("hidden"), noinline, no_profile_instrument_function, no_stack_protector,              \
        no_sanitize("address", "undefined", "thread")))
#define INLINE static inline __attribute__((always_inline, no_sanitize("address", "undefined", "thread")))

#if defined(__x86_64__)
#define MACHINE EM_X86_64
__asm__(".pushsection ctr_stage,\"ax\",@progbits\n"
        ".globl clinux_stage_entry\n.hidden clinux_stage_entry\n"
        "clinux_stage_entry:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall clinux_stage_main\n\thlt\n"
        ".popsection\n");
INLINE long call(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
__asm__(".pushsection ctr_stage,\"ax\",@progbits\n"
        ".globl clinux_stage_entry\n.hidden clinux_stage_entry\n"
        "clinux_stage_entry:\n\tmov x0, sp\n\tbl clinux_stage_main\n\tbrk #1\n"
        ".popsection\n");
INLINE long call(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
#else
#error "a processor whose system calls are not written down here"
#endif

extern const char __start_ctr_stage[], __stop_ctr_stage[], clinux_stage_entry[];

INLINE void set_mask(unsigned long mask) {
    call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0);
}

// Executes the first of `names` that can be; the errors of all others are those of execvp(3).
INLINE long execute(char **names, char **arguments, char **environment) {
    long problem = -ENOENT;
    for (; **names != 0; names++) {
        long error = call(SYS_execve, (long)*names, (long)arguments, (long)environment, 0, 0);
        if (error == -ENOENT || error == -ENOTDIR) continue;
        problem = error;
        // A script without `#!`, a foreign program: a later one of that name is not what was meant.
        if (error != -EACCES) break;
    }
    return problem;
}

INLINE void reap(long child) {
    unsigned long all = ~0UL;
    // It holds nothing: a pipe that the command closes is closed.
    call(SYS_close_range, 0, ~0U, 0, 0, 0);
    for (;;) {
        char information[128];
        long number = call(SYS_rt_sigtimedwait, (long)&all, (long)information, 0, sizeof all, 0);
        if (number > 0 && number != SIGCHLD) call(SYS_kill, child, number, 0, 0, 0);
        for (;;) {
            int status = 0;
            long ended = call(SYS_wait4, -1, (long)&status, WNOHANG, 0, 0);
            if (ended <= 0) break;
            if (ended != child) continue;
            int deadly = status & 0x7f;
            call(SYS_exit_group, deadly ? 128 + deadly : (status >> 8) & 0xff, 0, 0, 0, 0);
        }
    }
}

IN_STAGE void clinux_stage_main(char **stack) {
    long count = *(long *)stack;
    char **words = stack + 1, **environment = stack + count + 2;
    // Executed by anybody else than the runner (#!/proc/self/exe): nothing that would be of use.
    if (count < 6 || words[0][0] != 'c' || words[2][0] == 0) call(SYS_exit_group, 126, 0, 0, 0, 0);
    int channel = 0, reaps = words[1][0] == 'r';
    for (char *digit = words[2]; *digit; digit++) channel = channel * 10 + (*digit - '0');
    call(SYS_fcntl, channel, F_SETFD, FD_CLOEXEC, 0, 0);
    char **names = words + 3, **arguments = names;
    while (**arguments != 0) arguments++;
    arguments++;
    if (reaps) {
        set_mask(~0UL);
        long child = call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (child > 0) reap(child);
        if (child == 0) {
            // The terminal's signals reach it alone: what the reaper gets, it passes on.
            call(SYS_setpgid, 0, 0, 0, 0, 0);
            int group = (int)call(SYS_getpid, 0, 0, 0, 0, 0);
            call(SYS_ioctl, 0, TIOCSPGRP, (long)&group, 0, 0);
        }
    }
    set_mask(0);
    long problem = execute(names, arguments, environment);
    struct clinux_report report;
    report.operation = 1 << 30;
    report.error = (int)-problem;
    call(SYS_write, channel, (long)&report, sizeof report, 0, 0);
    call(SYS_exit_group, problem == -ENOENT ? 127 : 126, 0, 0, 0, 0);
}

struct header {
    Elf64_Ehdr file;
    Elf64_Phdr code, stack;
};

int clinux_stage(void) {
    const uint64_t base = 0x400000;
    size_t size = (size_t)(__stop_ctr_stage - __start_ctr_stage);
    struct header header = {
        .file =
            {.e_type = ET_EXEC,
             .e_machine = MACHINE,
             .e_version = EV_CURRENT,
             .e_entry = base + sizeof header + (uint64_t)(clinux_stage_entry - __start_ctr_stage),
             .e_phoff = offsetof(struct header, code),
             .e_ehsize = sizeof(Elf64_Ehdr),
             .e_phentsize = sizeof(Elf64_Phdr),
             .e_phnum = 2},
        .code =
            {.p_type = PT_LOAD,
             .p_flags = PF_R | PF_X,
             .p_vaddr = base,
             .p_paddr = base,
             .p_filesz = sizeof header + size,
             .p_memsz = sizeof header + size,
             .p_align = 0x10000},
        .stack = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16}};
    memcpy(header.file.e_ident, ELFMAG, SELFMAG);
    header.file.e_ident[EI_CLASS] = ELFCLASS64;
    header.file.e_ident[EI_DATA] = ELFDATA2LSB;
    header.file.e_ident[EI_VERSION] = EV_CURRENT;

    // MFD_EXEC, which kernels before 6.3 don't know.
    int file = memfd_create("ctr-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10U);
    if (file < 0 && errno == EINVAL) file = memfd_create("ctr-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (write(file, &header, sizeof header) == sizeof header
        && write(file, __start_ctr_stage, size) == (ssize_t)size && fchmod(file, 0555) == 0
        && fcntl(file, F_ADD_SEALS, seals) == 0)
        return file;
    int problem = errno;
    close(file);
    errno = problem;
    return -1;
}
