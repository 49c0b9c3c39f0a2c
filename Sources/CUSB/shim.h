// libusb 1.0, as the system has it.
#include <libusb.h>
