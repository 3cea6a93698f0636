/* Allocations that fail on purpose: the linker sends malloc(3) and its kin of our own objects
 * through here (Makefile, WRAPPED). Libraries keep theirs. Safe from several threads. */
#ifndef SSE_TEST_ALLOC_H
#define SSE_TEST_ALLOC_H

#include <stdbool.h>

/* The n-th allocation from now on fails, counted from 1, and no other. */
void alloc_fail_at(unsigned long n);

/* No allocation fails any more. Returns whether the one that was to fail has been reached. */
bool alloc_fail_never(void);

/* Does what may run out of memory, checks what is left behind when it did, and cleans up. Returns 0
 * for success and -1 for the documented error. */
typedef int alloc_attempt_fn(void *context);

/* Runs `attempt` with its first allocation failing, then with its second, and so on, until it gets
 * through without reaching the one that fails; then it must succeed. Fails the test otherwise, or
 * when there are less than `least` allocations. What leaks LeakSanitizer tells. */
void alloc_fail_each(unsigned long least, alloc_attempt_fn *attempt, void *context);

#endif
