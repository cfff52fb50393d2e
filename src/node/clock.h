/* The real clocks behind the machines' ports. */
#ifndef CAIRN_NODE_CLOCK_H
#define CAIRN_NODE_CLOCK_H
#include <stdint.h>

uint64_t clock_now_ms(void);  /* wall clock, Unix ms */
uint64_t clock_mono_ms(void); /* CLOCK_MONOTONIC, ms */

#endif
