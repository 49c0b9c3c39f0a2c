// Threads, memory, signals and children: what Swift's view of the C library leaves out.
#ifndef LODESTAR_PROCESS_H
#define LODESTAR_PROCESS_H

#include <stddef.h>
#include <stdint.h>

// Names the calling thread, in up to 15 bytes.
void lodestar_name_thread(const char *name);

// Lets the calling thread run on these processors only. Returns 0, or the error number.
int lodestar_pin_thread(const int32_t *processors, size_t count);

// How many processors the calling thread may run on; 0 if the system does not say.
int lodestar_processor_count(void);

// Touches `bytes` of the calling thread's stack below the caller.
void lodestar_touch_stack(size_t bytes);

// Tells the allocator to keep what it has and to take nothing by a mapping of its own.
// Returns 0, or -1 where the C library has no such settings.
int lodestar_keep_heap(void);

// Locks the process's memory, now and later; with `touched_only` page by page as it is first used.
// Returns 0, or the error number.
int lodestar_lock_memory(int touched_only);

// Maps `bytes` of zeroed, populated memory; NULL if there is none.
void *lodestar_map_memory(size_t bytes);

// Blocks these signals in the calling thread and those it will start, and returns a descriptor that
// reads them; or minus the error number.
int lodestar_signal_descriptor(const int32_t *signals, size_t count);

// The number of the next signal at such a descriptor; 0 if there is none, or minus the error number.
int lodestar_next_signal(int descriptor);

// A descriptor that becomes readable when it was written to; or minus the error number.
int lodestar_event_descriptor(void);

// Starts `path` in a session of its own, with default signals, none blocked, and `input` as its
// standard input. `arguments` end with NULL. Returns the process, or minus the error number.
int lodestar_spawn(const char *path, char *const *arguments, int input);

// The process at the other end of a Unix socket. Returns 0, or the error number.
int lodestar_peer_identity(int descriptor, int32_t *process, uint32_t *user);

#endif
