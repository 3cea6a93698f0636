/* `sse-progress copy`: copies or moves files and trees, and reports how far it is. */
#ifndef SSE_COPY_H
#define SSE_COPY_H

int copy_run(int argc, char **argv);

#endif
