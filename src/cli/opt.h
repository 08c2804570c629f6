/* SPDX-License-Identifier: Apache-2.0 */
/* Options from tables: one row gives parsing, help text and errors. */
#ifndef JZ_OPT_H
#define JZ_OPT_H

#include <jz/base.h>

typedef enum jz_opt_kind {
    JZ_OPT_FLAG,  /* bool */
    JZ_OPT_STR,   /* const char *, borrowed from argv */
    JZ_OPT_MAYBE, /* the same, only as --name=VALUE; "" for --name alone */
    JZ_OPT_U64,   /* uint64_t; k, M, G (1000s) and Ki, Mi, Gi may follow */
    JZ_OPT_F64,   /* double, finite, not negative */
} jz_opt_kind;

typedef struct jz_opt {
    char short_name; /* 0 = none */
    const char *name;
    jz_opt_kind kind;
    void *value;     /* of the kind's type; left alone where the option is not given */
    const char *arg; /* its name in help; NULL for flags */
    const char *help;
} jz_opt;

/* One command or subcommand. A row that has both runs where no subcommand is named. */
typedef struct jz_cmd {
    const char *name;                  /* NULL: a heading in the list of a command's commands */
    const char *usage;                 /* what follows the name: "[options] FILE..." */
    const char *summary;               /* one line */
    const char *details;               /* more lines for --help, or NULL */
    const jz_opt *opts;                /* ends with a row of zeros; NULL = none */
    int (*run)(int argc, char **argv); /* what the options left; argv ends with NULL */
    const struct jz_cmd *const *sub;   /* ends with NULL; NULL = none */
} jz_cmd;

enum {                  /* what jz exits with */
       JZ_EXIT_YES = 0, /* clean, done, verified */
       JZ_EXIT_NO = 1,  /* found, no match, not verified */
       JZ_EXIT_USAGE = 2,
       JZ_EXIT_INPUT = 3, /* some input was bad */
       JZ_EXIT_ENV = 4,   /* I/O, database, missing program */
       JZ_EXIT_BUG = 5,
};

/* Finds the command, parses its options (they and operands may mix; -- ends options) and runs it.
 * Prints help or a one-line error itself. */
int jz_cmd_main(const jz_cmd *root, int argc, char **argv);

#endif
