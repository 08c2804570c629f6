/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "cli/out.h"

#include <stdio.h>
#include <string.h>

static int run_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("jz %s\n", JZ_VERSION);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt no_options[] = { { 0 } };

int main(int argc, char **argv)
{
    const jz_cmd commands[] = {
        jz_cmd_scan,
        jz_cmd_hash,
        { .name = "bank",
          .usage = "COMMAND [options] ...",
          .summary = "keep banks of known material, as hashes only",
          .sub = jz_cmd_bank_rows() },
        { "version", "", "print the version", NULL, no_options, run_version, NULL },
        { 0 },
    };
    const jz_cmd root = { "jz",
                          "COMMAND [options] ...",
                          "label, find, prove and act on synthetic media",
                          NULL,
                          NULL,
                          NULL,
                          commands };
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return run_version(0, NULL);
    return jz_cmd_main(&root, argc, argv);
}
