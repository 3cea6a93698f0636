/* Arguments that make a JSON object: key=value, key:=json, key@file. */
#ifndef SSE_PAIRS_H
#define SSE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

#define PAIRS_DEPTH_MAX 32 /* objects in objects */

/* Whether an argument is meant as a pair. It is one if it is `key=value`, `key:=json` or
 * `key@file`: a key is letters (of any script), digits, _ and -, and begins with neither digit nor
 * -; with dots between several of them it is a path, `a.b` being b in the object a. It is meant as
 * one, and pairs_encode says what is wrong, if a = is behind something else. No JSON text looks
 * like either. */
bool pairs_is_meant(const char *argument);

/* Appends the JSON object that the pairs make, in the order in which its keys are first named:
 * `key=value` gives a string, `key:=json` the JSON value as it is written, `key@file` the content
 * of the file as a string, as input_read reads it. Returns 0; or the code to exit with, and *why
 * says which pair is wrong. */
int pairs_encode(struct buf *out, char *const *pairs, size_t count, struct buf *why);

#endif
