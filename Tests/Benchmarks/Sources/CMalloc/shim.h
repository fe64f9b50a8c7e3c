#ifndef PARLEY_CMALLOC_SHIM_H
#define PARLEY_CMALLOC_SHIM_H

/* Swift's Glibc module leaves mallinfo2 out. */
#include <malloc.h>

#endif
