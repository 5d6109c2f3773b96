/* Bounds for a command: a control group (version 2) where the kernel has them, else the limits of each process. */
#ifndef LIMITS_H
#define LIMITS_H

#include "system.h"

struct group {
  int made;
  struct text path;
};

/* KiB, processes; 0: no bound. A group is made when it is needed. 0 or a negative error number. */
long make_group(struct group *group, uint32_t memory, uint32_t processes);
/* The calling process joins; without a group its memory is bounded alone. */
long enter_group(const struct group *group, uint32_t memory);
/* Ends all that is in it, whatever session it has gone to. */
void kill_group(const struct group *group);
/* Has the kernel killed for want of memory in it (or, without one, anywhere since the last time that we looked)? */
int out_of_memory(const struct group *group);
void remove_group(struct group *group);

#endif
