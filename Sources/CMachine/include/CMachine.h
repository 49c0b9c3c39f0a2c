// What the kernel says of its clock, and files without names: both are hidden from Swift by macros.
#ifndef LODESTAR_CMACHINE_H
#define LODESTAR_CMACHINE_H

#include <stdbool.h>

/// The kernel's own view of its clock.
struct lodestar_clock {
    /// Whether something keeps it right.
    bool is_synchronised;
    /// Whether a pulse per second reaches it.
    bool has_pulse;
    /// The most that it may be off, us.
    long greatest_error;
};

/// Reads the state of the clock and changes nothing; false if the kernel does not say.
bool lodestar_clock_state(struct lodestar_clock *clock);

/// Opens a new file in `folder` for writing that has no name and is gone when closed; -1 on error.
int lodestar_open_nameless(const char *folder);

#endif
