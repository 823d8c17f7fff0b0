#include "app/top/screen.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"

brink_result brink_top_screen_open(struct brink_top_screen *screen, struct brink_message *why)
{
    const char *name = getenv("TERM");
    screen->terminal = NULL;
    (void)setlocale(LC_CTYPE, ""); /* of characters alone: numbers stay as they are */
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && name != NULL)
        screen->terminal = newterm(NULL, stdout, stdin); /* initscr would end the process */
    if (screen->terminal == NULL) {
        (void)brink_message_set(why,
                                "this is no terminal that I know (TERM=%.40s); --batch writes "
                                "text",
                                name != NULL ? name : "");
        return brink_fail(ENOTTY);
    }
    (void)cbreak();
    (void)noecho();
    (void)curs_set(0);
    (void)keypad(stdscr, TRUE);
    return brink_ok();
}

static bool is_title(const char *line, size_t length)
{
    size_t blanks = strspn(line, " ");
    return length > blanks + 1 && line[blanks] >= 'A' && line[blanks] <= 'Z' &&
           line[blanks + 1] >= 'A' && line[blanks + 1] <= 'Z';
}

/* What is too long is cut at the edge. */
static void draw_line(int row, const char *line, size_t length, attr_t look)
{
    int width = getmaxx(stdscr);
    (void)attrset((int)look);
    (void)mvaddnstr(row, 0, line, length < (size_t)width ? (int)length : width);
    (void)attrset((int)A_NORMAL);
}

void brink_top_screen_draw(struct brink_top_screen *screen, const char *text, const char *keys)
{
    int height = getmaxy(stdscr);
    (void)screen;
    (void)erase();
    for (int row = 0; *text != '\0' && row < height - 1; row++) {
        size_t length = strcspn(text, "\n");
        draw_line(row, text, length, row == 0 || is_title(text, length) ? A_BOLD : A_NORMAL);
        text += length + (text[length] == '\n');
    }
    draw_line(height - 1, keys, strlen(keys), A_REVERSE);
    (void)refresh();
}

int brink_top_screen_key(struct brink_top_screen *screen, uint32_t wait_ms)
{
    (void)screen;
    timeout((int)wait_ms);
    int key = getch();
    if (key == ERR) { /* nothing yet, or nothing ever */
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        bool gone = poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
        return gone ? -1 : 0;
    }
    return key == KEY_RESIZE ? 0 : key;
}

void brink_top_screen_close(struct brink_top_screen *screen)
{
    if (screen->terminal == NULL)
        return;
    (void)endwin();
    delscreen(screen->terminal);
    screen->terminal = NULL;
}
