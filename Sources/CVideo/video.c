// Gives the header a target; there is no code.
#include "CVideo.h"
