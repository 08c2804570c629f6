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
static const jz_cmd version_cmd = { .name = "version",
                                    .usage = "",
                                    .summary = "print the version",
                                    .opts = no_options,
                                    .run = run_version };
static const jz_cmd label_heading = { .summary = "Label" };
static const jz_cmd find_heading = { .summary = "Find" };
static const jz_cmd prove_heading = { .summary = "Prove" };
static const jz_cmd act_heading = { .summary = "Act" };
static const jz_cmd run_heading = { .summary = "Run" };
static const jz_cmd *const commands[] = {
    &label_heading,
    &jz_cmd_label,
    &jz_cmd_mark,
    &jz_cmd_sign,
    &jz_cmd_verify,
    &jz_cmd_trust,
    &jz_cmd_cert,
    &find_heading,
    &jz_cmd_scan,
    &jz_cmd_hash,
    &jz_cmd_bank,
    &jz_cmd_inspect,
    &jz_cmd_evaluate,
    &jz_cmd_models,
    &prove_heading,
    &jz_cmd_case,
    &jz_cmd_bag,
    &jz_cmd_ledger,
    &jz_cmd_backup,
    &jz_cmd_restore,
    &act_heading,
    &jz_cmd_consent,
    &jz_cmd_gate,
    &jz_cmd_filing,
    &jz_cmd_complaint,
    &jz_cmd_rules,
    &jz_cmd_measure,
    &jz_cmd_hook,
    &jz_cmd_report,
    &jz_cmd_retention,
    &jz_cmd_feedback,
    &run_heading,
    &jz_cmd_serve,
    &jz_cmd_key,
    &jz_cmd_staff,
    &version_cmd,
    NULL,
};
static const jz_cmd root = { .name = "jz",
                             .usage = "COMMAND [options] ...",
                             .summary = "label, find, prove and act on synthetic media",
                             .sub = commands };

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return run_version(0, NULL);
    return jz_cmd_main(&root, argc, argv);
}
