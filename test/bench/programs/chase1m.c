#define CHAIN (1 << 20)
#define NAME "chase1m"
#include "chase.h"
