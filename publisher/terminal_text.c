/* A small part of what a terminal does. */
#include "terminal_text.h"

#include <string.h>

void terminal_text_init(struct terminal_text *text,
                        void (*on_line)(void *context, const char *line, size_t len, bool is_final),
                        void *context)
{
    text->on_line = on_line;
    text->context = context;
    text->state = TEXT_PLAIN;
    text->has_return = false;
    text->len = 0;
}

static void give_line(struct terminal_text *text, bool is_final)
{
    text->line[text->len] = '\0';
    if (text->len > 0 || is_final)
        text->on_line(text->context, text->line, text->len, is_final);
    text->len = 0;
}

/* Of no effect in a line. */
static bool is_void(char byte)
{
    unsigned char c = (unsigned char)byte;

    return c == 0x7f ||
           (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\b' && c != '\033');
}

static void take_plain(struct terminal_text *text, char byte)
{
    bool had_return = text->has_return;

    text->has_return = byte == '\r';
    if (byte == '\n') {
        give_line(text, true);
        return;
    }
    if (byte == '\r')
        return; /* CR LF is one line end */
    if (had_return)
        give_line(text, false);
    if (byte == '\033')
        text->state = TEXT_ESCAPE;
    else if (byte == '\b' && text->len > 0)
        text->len--;
    else if (!is_void(byte) && byte != '\b' && text->len < TERMINAL_LINE_MAX)
        text->line[text->len++] = byte;
}

/* Behind ESC. To save and to restore where the cursor is (7, 8) means to write elsewhere. */
static void take_escape(struct terminal_text *text, char byte)
{
    if (byte == '[') {
        text->state = TEXT_SEQUENCE;
    } else if (byte == ']' || byte == 'P' || byte == '_' || byte == '^') {
        text->state = TEXT_STRING;
    } else if (byte < ' ' || byte > '/') { /* others come before the last byte: ESC ( B */
        text->state = TEXT_PLAIN;
        if (byte == '7' || byte == '8')
            give_line(text, false);
    }
}

/* Behind ESC [, up to the last byte. */
static void take_sequence(struct terminal_text *text, char byte)
{
    if (byte < '@' || byte > '~')
        return;
    text->state = TEXT_PLAIN;
    if (byte == 'C' && text->len < TERMINAL_LINE_MAX)
        text->line[text->len++] = ' ';
    else if (byte != 'm' && byte != 'K' && byte != 'h' && byte != 'l' && byte != 'C')
        give_line(text, false); /* the cursor goes elsewhere */
}

/* A title and the like, up to BEL or ESC \. */
static void take_string(struct terminal_text *text, char byte)
{
    if (byte == '\a' || (text->state == TEXT_STRING_ESCAPE && byte == '\\'))
        text->state = TEXT_PLAIN;
    else
        text->state = byte == '\033' ? TEXT_STRING_ESCAPE : TEXT_STRING;
}

/* Takes what is plain text at the beginning of `bytes`, fast: gigabytes may go through. Returns how
 * much that is. */
static size_t take_run(struct terminal_text *text, const char *bytes, size_t len)
{
    size_t skipped = 0, run = 0;

    while (skipped < len && is_void(bytes[skipped]))
        skipped++;
    bytes += skipped;
    len -= skipped;
    while (run < len && (unsigned char)bytes[run] >= ' ' && bytes[run] != 0x7f)
        run++;
    size_t room = TERMINAL_LINE_MAX - text->len;
    size_t taken = run < room ? run : room;
    memcpy(text->line + text->len, bytes, taken);
    text->len += taken;
    return skipped + run;
}

void terminal_text_feed(struct terminal_text *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text->state) {
        case TEXT_PLAIN:
            if (!text->has_return)
                i += take_run(text, bytes + i, len - i);
            if (i < len)
                take_plain(text, bytes[i]);
            break;
        case TEXT_ESCAPE:
            take_escape(text, bytes[i]);
            break;
        case TEXT_SEQUENCE:
            take_sequence(text, bytes[i]);
            break;
        default:
            take_string(text, bytes[i]);
        }
    }
}

const char *terminal_text_pending(struct terminal_text *text, size_t *len)
{
    text->line[text->len] = '\0';
    *len = text->len;
    return text->line;
}

void terminal_text_end(struct terminal_text *text)
{
    if (text->len > 0)
        give_line(text, true);
    text->state = TEXT_PLAIN;
    text->has_return = false;
}
