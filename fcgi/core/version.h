/* The version of all programs. */
#ifndef SSE_CORE_VERSION_H
#define SSE_CORE_VERSION_H

#define SSE_VERSION "0.1.0"

#endif
