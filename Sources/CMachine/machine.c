#define _GNU_SOURCE
#include "CMachine.h"

#include <fcntl.h>
#include <sys/timex.h>

bool lodestar_clock_state(struct lodestar_clock *clock) {
    struct timex state = {.modes = 0};
    if (adjtimex(&state) < 0) return false;
    clock->is_synchronised = (state.status & STA_UNSYNC) == 0;
    clock->has_pulse = (state.status & STA_PPSSIGNAL) != 0;
    clock->greatest_error = state.maxerror;
    return true;
}

int lodestar_open_nameless(const char *folder) {
    return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}
