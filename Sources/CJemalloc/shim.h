#ifndef PARLEY_CJEMALLOC_SHIM_H
#define PARLEY_CJEMALLOC_SHIM_H

#include <stdbool.h>
#include <stddef.h>

// jemalloc.h itself would declare malloc and its kin a second time.
int mallctl(const char *name, void *old, size_t *old_size, void *value, size_t value_size);

#endif
