#define CHAIN (32 << 20)
#define NAME "chase32m"
#include "chase.h"
