/* SPDX-License-Identifier: Apache-2.0 */
/* jz backup, jz restore. */
#include "cli/cmd.h"
#include "cli/out.h"

#include <jz/backup.h>

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>

static const char *arg_home, *arg_output;

static int run_backup(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(char) *home = NULL;
    jz_backup_info info = { 0 };
    (void)argv;
    if (argc != 0 || arg_output == NULL)
        return jz_out_wanted("jz backup", "-o DIR is wanted, and nothing else");
    if (jz_home_find(arg_home, &home, &err) != JZ_OK ||
        jz_backup(home, arg_output, NULL, &info, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " files, %" PRIu64 " bytes\n", info.files, info.bytes);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_restore(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(char) *home = NULL;
    jz_backup_info info = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz restore", "one backup's folder is wanted");
    if (jz_home_find(arg_home, &home, &err) != JZ_OK ||
        jz_restore(argv[0], home, NULL, &info, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " files, %" PRIu64 " bytes in %s\n", info.files, info.bytes, home);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt backup_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_output, "DIR",
      "the backup's folder, which must not be there" },
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0 },
};
static const jz_opt restore_options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "where it shall be; must not be there [$JZ_HOME]" },
    { 0 },
};

const jz_cmd jz_cmd_backup = {
    .name = "backup",
    .usage = "[options] -o DIR",
    .summary = "copy banks, cases, ledger and keys while they are in use",
    .details =
        "The backup is a BagIt bag: sha256sum tells whether it is whole. It holds the keys.\n",
    .opts = backup_options,
    .run = run_backup,
};

const jz_cmd jz_cmd_restore = {
    .name = "restore",
    .usage = "[options] DIR",
    .summary = "make an installation from a backup, verified first",
    .details = "A ledger from a backup may be older than what witnesses and bags have seen of it:\n"
               "let nothing be appended to it before that is looked into.\n",
    .opts = restore_options,
    .run = run_restore,
};
