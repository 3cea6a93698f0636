/* raise(3), with everything in its way removed. */
#include "last_signal.h"

#include <signal.h>
#include <sys/prctl.h>

int last_signal_die(int signal_number)
{
    sigset_t set;

    prctl(PR_SET_DUMPABLE, 0); /* the core is the job's, if there is one */
    signal(signal_number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, signal_number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(signal_number);
    return 128 + signal_number;
}
