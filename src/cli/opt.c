/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opt.h"

#include "cli/out.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *suffix;
    uint64_t factor;
} suffixes[] = {
    { "", 1 },
    { "k", 1000 },
    { "M", 1000000 },
    { "G", 1000000000 },
    { "Ki", 1ull << 10 },
    { "Mi", 1ull << 20 },
    { "Gi", 1ull << 30 },
};

static bool parse_u64(const char *text, uint64_t *out)
{
    if (text[0] < '0' || text[0] > '9')
        return false;
    char *end = NULL;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0)
        return false;
    for (size_t i = 0; i < JZ_ARRAY_LEN(suffixes); i++)
        if (strcmp(end, suffixes[i].suffix) == 0)
            return !__builtin_mul_overflow((uint64_t)v, suffixes[i].factor, out);
    return false;
}

static bool parse_f64(const char *text, double *out)
{
    char *end = NULL;
    const double v = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(v) || v < 0)
        return false;
    *out = v;
    return true;
}

static const jz_opt *find_long(const jz_opt *opts, const char *name, size_t len)
{
    for (const jz_opt *o = opts; o != NULL && o->help != NULL; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const jz_opt *find_short(const jz_opt *opts, char c)
{
    for (const jz_opt *o = opts; o != NULL && o->help != NULL; o++)
        if (o->short_name == c && c != '\0')
            return o;
    return NULL;
}

static jz_status set(const jz_opt *o, const char *text, jz_err *err)
{
    switch (o->kind) {
    case JZ_OPT_FLAG:
        *(bool *)o->value = true;
        return JZ_OK;
    case JZ_OPT_STR:
    case JZ_OPT_MAYBE:
        *(const char **)o->value = text;
        return JZ_OK;
    case JZ_OPT_U64:
        if (parse_u64(text, o->value))
            return JZ_OK;
        return JZ_FAIL(err, JZ_E_INVAL, "--%s: '%s' is not a whole number", o->name, text);
    case JZ_OPT_F64:
        if (parse_f64(text, o->value))
            return JZ_OK;
        return JZ_FAIL(err, JZ_E_INVAL, "--%s: '%s' is not a number", o->name, text);
    }
    return JZ_FAIL(err, JZ_E_BUG, "--%s: unknown kind of option", o->name);
}

/* One option at argv[*at]; moves *at past its argument where that is the next word. */
static jz_status parse_one(const jz_opt *opts, int argc, char **argv, int *at, jz_err *err)
{
    const char *word = argv[*at];
    const bool is_long = word[1] == '-';
    const char *equals = is_long ? strchr(word, '=') : NULL;
    const size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    const jz_opt *o = is_long ? find_long(opts, word + 2, len - 2) : find_short(opts, word[1]);
    if (o == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "unknown option '%.*s'", (int)len, word);
    const char *text = equals != NULL ? equals + 1 : !is_long && word[2] != '\0' ? word + 2 : NULL;
    if (o->kind == JZ_OPT_FLAG && text != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "option '%.*s' takes no value", is_long ? (int)len : 2,
                       word);
    if (o->kind == JZ_OPT_MAYBE && text == NULL)
        text = "";
    if (o->kind != JZ_OPT_FLAG && text == NULL) {
        if (*at + 1 >= argc)
            return JZ_FAIL(err, JZ_E_INVAL, "option '%s' wants a value: %s", word, o->arg);
        text = argv[++*at];
    }
    return set(o, text, err);
}

static void print_options(const jz_opt *opts)
{
    printf("\nOptions:\n");
    for (const jz_opt *o = opts; o != NULL && o->help != NULL; o++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s%c%s--%s%s%s%s", o->short_name != '\0' ? "-" : " ",
                       o->short_name != '\0' ? o->short_name : ' ',
                       o->short_name != '\0' ? ", " : "  ", o->name,
                       o->arg == NULL            ? ""
                       : o->kind == JZ_OPT_MAYBE ? "[="
                                                 : " ",
                       o->arg != NULL ? o->arg : "",
                       o->kind == JZ_OPT_MAYBE ? "]" : ""); /* names are short */
        printf("  %-28s %s\n", left, o->help);
    }
    printf("  %-28s %s\n", "-h, --help", "this text");
}

static int print_help(const jz_cmd *cmd, const char *path)
{
    printf("%s - %s\n\nUsage: %s %s\n", path, cmd->summary, path, cmd->usage);
    if (cmd->sub != NULL && cmd->sub[0]->name != NULL)
        printf("\nCommands:\n");
    for (const jz_cmd *const *s = cmd->sub; s != NULL && *s != NULL; s++)
        if ((*s)->name == NULL)
            printf("\n%s:\n", (*s)->summary);
        else
            printf("  %-10s %s\n", (*s)->name, (*s)->summary);
    if (cmd->details != NULL)
        printf("\n%s", cmd->details);
    if (cmd->run != NULL)
        print_options(cmd->opts);
    return jz_out_close(JZ_EXIT_YES);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run_leaf(const jz_cmd *cmd, const char *path, int argc, char **argv)
{
    int kept = 0;
    bool options = true;
    for (int i = 0; i < argc; i++) {
        jz_err err = { 0 };
        if (options && is_help(argv[i]))
            return print_help(cmd, path);
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (!options || argv[i][0] != '-' || argv[i][1] == '\0')
            argv[kept++] = argv[i];
        else if (parse_one(cmd->opts, argc, argv, &i, &err) != JZ_OK)
            return jz_out_usage(path, &err);
    }
    argv[kept] = NULL;
    return cmd->run(kept, argv);
}

/* As deep as the tables of commands are nested. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int run_in(const jz_cmd *cmd, const char *path, int argc, char **argv)
{
    jz_err err = { 0 };
    if (cmd->sub == NULL)
        return run_leaf(cmd, path, argc, argv);
    if (argc > 0 && is_help(argv[0]))
        return print_help(cmd, path);
    if (argc == 0 && cmd->run == NULL) {
        jz_err_set(&err, JZ_E_INVAL, "a command is missing");
        return jz_out_usage(path, &err);
    }
    for (const jz_cmd *const *s = cmd->sub; argc > 0 && *s != NULL; s++) {
        char longer[64];
        if ((*s)->name == NULL || strcmp((*s)->name, argv[0]) != 0)
            continue;
        (void)snprintf(longer, sizeof longer, "%s %s", path, (*s)->name); /* names are short */
        return run_in(*s, longer, argc - 1, argv + 1);
    }
    if (cmd->run != NULL)
        return run_leaf(cmd, path, argc, argv);
    jz_err_set(&err, JZ_E_INVAL, "unknown command '%s'", argv[0]);
    return jz_out_usage(path, &err);
}

int jz_cmd_main(const jz_cmd *root, int argc, char **argv)
{
    return run_in(root, root->name, argc > 0 ? argc - 1 : 0, argv + (argc > 0 ? 1 : 0));
}
