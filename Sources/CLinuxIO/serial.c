// Speeds without a B constant need the kernel's termios2, whose header excludes the C library's.
#include "CLinuxIO.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>

int ioctl(int descriptor, unsigned long request, ...);

int lodestar_serial_raw(int descriptor, uint32_t baud) {
    struct termios2 settings;
    if (ioctl(descriptor, TCGETS2, &settings) != 0) return errno;
    settings.c_iflag = IGNBRK | IGNPAR;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | (BOTHER << IBSHIFT);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    settings.c_ispeed = baud;
    settings.c_ospeed = baud;
    return ioctl(descriptor, TCSETS2, &settings) == 0 ? 0 : errno;
}
