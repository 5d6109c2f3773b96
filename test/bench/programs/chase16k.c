#define CHAIN (16 << 10)
#define NAME "chase16k"
#include "chase.h"
