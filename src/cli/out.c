/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int exit_code(jz_status st)
{
    switch (st) {
    case JZ_OK:
        return JZ_EXIT_YES;
    case JZ_E_INVAL:
        return JZ_EXIT_USAGE;
    case JZ_E_IO:
    case JZ_E_NOMEM:
    case JZ_E_BUSY:
        return JZ_EXIT_ENV;
    case JZ_E_BUG:
        return JZ_EXIT_BUG;
    default:
        return JZ_EXIT_INPUT;
    }
}

int jz_out_error(const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    (void)fflush(stdout); /* keeps the order on a terminal; jz_out_close() checks */
    (void)fprintf(stderr, "jz: %s\n", jz_err_text(err, text, sizeof text));
    return exit_code(err->code);
}

int jz_out_usage(const char *command, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    (void)fprintf(stderr, "jz: %s (see '%s --help')\n", jz_err_text(err, text, sizeof text),
                  command);
    return JZ_EXIT_USAGE;
}

int jz_out_wanted(const char *command, const char *wanted)
{
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_INVAL, "%s", wanted);
    return jz_out_usage(command, &err);
}

/* A line that could not be built is told when the output is closed, as a full disk is. */
static jz_status lost_line;

int jz_out_close(int code)
{
    errno = 0;
    const bool flushed = fflush(stdout) == 0;
    if (lost_line != JZ_OK)
        (void)fprintf(stderr, "jz: a line of output was lost: %s\n", jz_status_name(lost_line));
    else if (!flushed || ferror(stdout) != 0)
        (void)fprintf(stderr, "jz: writing to standard output: %s\n",
                      errno != 0 ? strerror(errno) : "an earlier write was refused");
    else
        return code;
    return JZ_EXIT_ENV;
}

void jz_out_line(jz_buf *b)
{
    jz_buf_putc(b, '\n');
    if (b->fail != JZ_OK)
        lost_line = b->fail;
    else
        (void)fwrite(b->ptr, 1, b->len, stdout); /* jz_out_close() checks */
    jz_buf_reset(b);
}

jz_status jz_home_find(const char *home, char **out, jz_err *err)
{
    const char *from_env = getenv("JZ_HOME");
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *user = getenv("HOME");
    if (home == NULL && from_env != NULL && from_env[0] != '\0')
        home = from_env;
    if (home != NULL) {
        *out = jz_strdup(home);
        return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    if (xdg != NULL && xdg[0] == '/')
        return jz_path_join(xdg, "jianzhen", out, err);
    if (user != NULL && user[0] == '/')
        return jz_path_join(user, ".local/share/jianzhen", out, err);
    return JZ_FAIL(err, JZ_E_INVAL, "no home folder: give --home DIR or set JZ_HOME");
}

jz_status jz_home_models(const char *home, char **out, jz_err *err)
{
    jz_auto(char) *folder = NULL;
    JZ_TRY(jz_home_find(home, &folder, err));
    return jz_path_join(folder, "models", out, err);
}
