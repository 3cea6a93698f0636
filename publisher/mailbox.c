/* Letters in order, one newest progress, one last. */
#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

void mailbox_init(struct mailbox *mailbox, uint32_t period_ms)
{
    *mailbox = (struct mailbox){.period_ms = period_ms};
    STAILQ_INIT(&mailbox->letters);
}

void mailbox_deinit(struct mailbox *mailbox)
{
    struct letter *letter;

    while ((letter = STAILQ_FIRST(&mailbox->letters)) != NULL) {
        STAILQ_REMOVE_HEAD(&mailbox->letters, next);
        free(letter);
    }
    free(mailbox->newest);
    free(mailbox->last);
    mailbox_init(mailbox, mailbox->period_ms);
}

static struct letter *make_letter(const char *event, const char *data, size_t len)
{
    struct letter *letter = malloc(sizeof *letter + len + 1);

    if (letter == NULL)
        return NULL;
    *letter = (struct letter){.event = event, .len = len};
    memcpy(letter->data, data, len);
    letter->data[len] = '\0';
    return letter;
}

/* Drops the oldest log line. The next one, if there is any, tells of it. */
static void drop_log(struct mailbox *mailbox)
{
    struct letter *letter, *next;

    STAILQ_FOREACH (letter, &mailbox->letters, next)
        if (letter->is_log)
            break;
    if (letter == NULL)
        return;
    uint64_t dropped = letter->dropped + 1;
    for (next = STAILQ_NEXT(letter, next); next != NULL && !next->is_log;)
        next = STAILQ_NEXT(next, next);
    if (next != NULL)
        next->dropped += dropped;
    STAILQ_REMOVE(&mailbox->letters, letter, letter, next);
    mailbox->count--;
    free(letter);
}

int mailbox_add(struct mailbox *mailbox, const char *event, const char *data, size_t len)
{
    struct letter *letter = make_letter(event, data, len);

    if (letter == NULL)
        return -1;
    STAILQ_INSERT_TAIL(&mailbox->letters, letter, next);
    if (++mailbox->count > MAILBOX_LETTERS_MAX)
        drop_log(mailbox);
    return 0;
}

int mailbox_add_log(struct mailbox *mailbox, const char *data, size_t len)
{
    struct letter *letter = make_letter("log", data, len);

    if (letter == NULL)
        return -1;
    letter->is_log = true;
    STAILQ_INSERT_TAIL(&mailbox->letters, letter, next);
    if (++mailbox->count > MAILBOX_LETTERS_MAX)
        drop_log(mailbox);
    return 0;
}

static int replace(struct letter **place, const char *event, const char *data, size_t len)
{
    struct letter *letter = make_letter(event, data, len);

    if (letter == NULL)
        return -1;
    free(*place);
    *place = letter;
    return 0;
}

int mailbox_set_newest(struct mailbox *mailbox, const char *data, size_t len)
{
    return replace(&mailbox->newest, "progress", data, len);
}

int mailbox_set_last(struct mailbox *mailbox, const char *event, const char *data, size_t len)
{
    return replace(&mailbox->last, event, data, len);
}

struct letter *mailbox_take(struct mailbox *mailbox, uint64_t now_ms, uint64_t *wait_ms)
{
    struct letter *letter = STAILQ_FIRST(&mailbox->letters);

    *wait_ms = UINT64_MAX;
    if (letter != NULL) {
        STAILQ_REMOVE_HEAD(&mailbox->letters, next);
        mailbox->count--;
        return letter;
    }
    if (mailbox->newest != NULL) {
        if (now_ms < mailbox->due_ms && mailbox->last == NULL) {
            *wait_ms = mailbox->due_ms - now_ms;
            return NULL;
        }
        letter = mailbox->newest;
        mailbox->newest = NULL;
        mailbox->due_ms = now_ms + mailbox->period_ms;
        return letter;
    }
    letter = mailbox->last;
    mailbox->last = NULL;
    return letter;
}
