/* Included before every file: functions that have no safe use here do not compile. (rand is
 * missing: OpenSSL's headers name a parameter so; the tidy test looks for it.) */
#ifndef CAIRN_BANNED_H
#define CAIRN_BANNED_H
#ifdef __GNUC__
/* Their declarations come first: a poisoned word may not appear in a header either. */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gmtime alloca
#endif
#endif
