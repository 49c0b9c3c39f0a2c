// Threads, memory, signals and children: what Swift's view of the C library leaves out.
#define _GNU_SOURCE
#include "lodestar_process.h"

#include <alloca.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

void lodestar_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int lodestar_pin_thread(const int32_t *processors, size_t count) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (size_t i = 0; i < count; i++) {
        if (processors[i] < 0 || processors[i] >= CPU_SETSIZE) return EINVAL;
        CPU_SET(processors[i], &set);
    }
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int lodestar_processor_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

void lodestar_touch_stack(size_t bytes) {
    volatile char *room = alloca(bytes);
    // From the top down, as a stack grows: the kernel's guard gap is never jumped.
    for (size_t i = bytes; i >= 4096; i -= 4096) room[i - 1] = 0;
}

int lodestar_keep_heap(void) {
#if defined(__GLIBC__)
    return mallopt(M_TRIM_THRESHOLD, -1) == 1 && mallopt(M_MMAP_MAX, 0) == 1 ? 0 : -1;
#else
    return -1;
#endif
}

int lodestar_lock_memory(int touched_only) {
    int flags = MCL_CURRENT | MCL_FUTURE;
#ifdef MCL_ONFAULT
    if (touched_only) flags |= MCL_ONFAULT;
#endif
    return mlockall(flags) == 0 ? 0 : errno;
}

void *lodestar_map_memory(size_t bytes) {
    void *memory = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

int lodestar_signal_descriptor(const int32_t *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) return -error;
    int descriptor = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int lodestar_next_signal(int descriptor) {
    struct signalfd_siginfo entry;
    ssize_t count = read(descriptor, &entry, sizeof entry);
    if (count == (ssize_t)sizeof entry) return (int)entry.ssi_signo;
    return count < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

int lodestar_event_descriptor(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

int lodestar_spawn(const char *path, char *const *arguments, int input) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    pid_t process = 0;
    int error = posix_spawn(&process, path, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error == 0 ? (int)process : -error;
}

int lodestar_peer_identity(int descriptor, int32_t *process, uint32_t *user) {
    struct ucred who;
    socklen_t length = sizeof who;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return errno;
    *process = who.pid;
    *user = who.uid;
    return 0;
}
