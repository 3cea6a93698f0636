/* bar: one line of a terminal. */
#include "bar.h"

#include <pty.h>
#include <unistd.h>

#include "test.h"

static void assert_line(const struct progress *progress, size_t width, const char *text)
{
    struct buf out;

    buf_init(&out, 1000);
    assert_int_equal(bar_format(&out, progress, width), 0);
    assert_buf(&out, text);
    buf_deinit(&out);
}

static void known(UNUSED void **state)
{
    struct progress half = {.task = "backup",
                            .unit = "bytes",
                            .moved = 50 << 20,
                            .total = 100 << 20,
                            .rate = 12.5 * (1 << 20),
                            .has_eta = true,
                            .eta_s = 4};

    assert_line(&half, 70,
                "backup  50% [========>          ] 50.0 MiB of 100 MiB, "
                "12.5 MiB/s 0:04");
    half.moved = half.total;
    half.has_eta = false;
    assert_line(&half, 60, "backup 100% [===============] 100 MiB of 100 MiB, 12.5 MiB/s");
    half = (struct progress){.task = "t", .has_percent = true, .percent = 7.9, .unit = "%"};
    assert_line(&half, 40, "t   7% [=>                             ]");
    half = (struct progress){
        .task = "t", .unit = "files", .moved = 3, .total = 4, .has_eta = true, .eta_s = 3725};
    assert_line(&half, 50, "t  75% [==============>     ] 3 of 4 files 1:02:05");
}

static void unknown(UNUSED void **state)
{
    struct progress progress = {.task = "dd", .unit = "bytes", .moved = 1536, .rate = 512};

    assert_line(&progress, 80, "dd 1.5 KiB, 512 B/s");
}

/* Whatever the width: no more columns than that. */
static void narrow(UNUSED void **state)
{
    struct progress progress = {.task = "s\xc3\xbc\xc3\x9f und sehr, sehr lang",
                                .unit = "bytes",
                                .moved = 5000000000,
                                .total = 10000000000,
                                .rate = 1e9,
                                .has_eta = true,
                                .eta_s = 5};

    for (size_t width = 1; width < 300; width++) {
        struct buf out;
        size_t columns = 0;
        buf_init(&out, 1000);
        assert_int_equal(bar_format(&out, &progress, width), 0);
        for (size_t i = 0; i < out.len; i++)
            columns += ((unsigned char)out.data[i] & 0xc0) != 0x80;
        assert_in_range(columns, 1, width);
        buf_deinit(&out);
    }
}

static void on_a_terminal(UNUSED void **state)
{
    const struct progress progress = {.task = "t", .moved = 1, .total = 4};
    struct winsize size = {.ws_row = 24, .ws_col = 30};
    struct bar bar;
    char text[200];
    int master, slave;

    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    bar_init(&bar, slave);
    bar_draw(&bar, &progress, 1000);
    bar_draw(&bar, &progress, 1099); /* not yet */
    bar_hide(&bar);
    bar_hide(&bar);
    size_t len = 0;
    while (len < 37) { /* it comes in pieces */
        ssize_t n = read(master, text + len, sizeof text - len);
        assert_true(n > 0);
        len += (size_t)n;
    }
    assert_bytes(text, len, "\rt  25% [==>          ] 1 of 4\033[K\r\033[K");
    close(master);
    close(slave);
    bar_init(&bar, STDERR_FILENO + 100);
    bar_draw(&bar, &progress, 1000);
    assert_false(bar.is_shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("it shows percent, counts, rate and what is left", known),
        TEST("without a total it shows what was moved", unknown),
        TEST("it is never wider than the terminal", narrow),
        TEST("it is drawn ten times a second at most, and taken away", on_a_terminal),
    };

    return RUN_TESTS("bar", tests);
}
