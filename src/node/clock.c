#include "clock.h"

#include <time.h>

static uint64_t clock_ms(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    if (now.tv_sec < 0) /* before 1970: as a time near 2^64 it would stay in the chain for good */
        return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

uint64_t clock_mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}
