// Found through pkg-config; used by CLinuxIO/gpio.c alone, which hides the library's two interfaces.
#include <gpiod.h>
