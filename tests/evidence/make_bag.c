/* SPDX-License-Identifier: Apache-2.0 */
/* make_bag: makes, seals and verifies bags for the script `stock`, which lets other programs look
 * at them. Prints what is wrong; the exit status is 0 where all is well, else 1. */
#include <jz/evidence.h>

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jz_status add_all(jz_bag *b, char **sources, int n, jz_err *err)
{
    char name[JZ_BAG_ITEM_NAME];
    uint8_t sha256[JZ_SHA256_SIZE];
    for (int i = 0; i < n; i++)
        JZ_TRY(jz_bag_add_file(b, sources[i], jz_bag_item_name((unsigned)i + 1, sources[i], name),
                               NULL, err));
    JZ_TRY(jz_bag_add_bytes(b, "{}\n", 3, "record/extraction.json", NULL, err));
    JZ_TRY(jz_bag_info(b, "Source-Organization", "Jianzhen test", err));
    JZ_TRY(jz_bag_tags(b, sha256, err));
    return jz_bag_commit(b, err);
}

/* make DIR FILE... */
static jz_status make(int argc, char **argv, jz_err *err)
{
    jz_bag *b = NULL;
    JZ_TRY(jz_bag_new(argv[0], NULL, &b, err));
    const jz_status st = add_all(b, argv + 1, argc - 1, err);
    jz_bag_free(b);
    return st;
}

/* sign DIR CERT KEY [CERT KEY] */
static jz_status sign(int argc, char **argv, jz_err *err)
{
    const bool two = argc >= 5;
    const jz_cms_key keys[] = { { .cert_file = argv[1], .key_file = argv[2] },
                                { .cert_file = two ? argv[3] : NULL,
                                  .key_file = two ? argv[4] : NULL } };
    return jz_seal_sign(argv[0], keys, two ? 2 : 1, err);
}

static jz_tsa_hash hash_of(const char *name)
{
    return strcmp(name, "sm3") == 0 ? JZ_TSA_SM3 : JZ_TSA_SHA256;
}

/* request DIR HASH */
static jz_status request(int argc, char **argv, jz_err *err)
{
    (void)argc;
    return jz_stamp_request(argv[0], hash_of(argv[1]), err);
}

/* accept DIR HASH REPLY */
static jz_status accept_reply(int argc, char **argv, jz_err *err)
{
    JZ_BUF_AUTO reply = { 0 };
    (void)argc;
    JZ_TRY(jz_file_read(argv[2], JZ_TSA_REPLY_MAX, &reply, err));
    return jz_stamp_accept(argv[0], hash_of(argv[1]),
                           (jz_bytes){ (const uint8_t *)reply.ptr, reply.len }, err);
}

/* verify DIR: the bag alone */
static jz_status verify(int argc, char **argv, jz_err *err)
{
    jz_bag_report r = { 0 };
    (void)argc;
    JZ_TRY(jz_bag_verify(argv[0], NULL, &r, err));
    for (size_t i = 0; i < r.n; i++)
        (void)printf("# %s: %s: %s\n", r.finding[i].file, r.finding[i].what, r.finding[i].why);
    const bool holds = r.holds;
    jz_bag_report_done(&r);
    return holds ? JZ_OK : JZ_FAIL(err, JZ_E_MISMATCH, "the bag does not hold");
}

/* check DIR CA: its signature and its stamp */
static jz_status check(int argc, char **argv, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    char path[4096];
    jz_cms_report r;
    (void)argc;
    JZ_TRY(jz_seal_verify(argv[0], argv[1], 0, &r, err));
    if (!r.ok)
        return JZ_FAIL(err, JZ_E_MISMATCH, "signature: %s", r.signer[0].why.frame[0]);
    (void)snprintf(path, sizeof path, "%s/" JZ_BAG_TAGMANIFEST, argv[0]);
    JZ_TRY(jz_file_read(path, 1 << 20, &text, err));
    (void)snprintf(path, sizeof path, "%s/seal/tagmanifest.tsr", argv[0]);
    JZ_TRY(jz_file_read(path, JZ_TSA_REPLY_MAX, &reply, err));
    return jz_tsa_reply_verify((jz_bytes){ (const uint8_t *)reply.ptr, reply.len },
                               (jz_bytes){ (const uint8_t *)text.ptr, text.len }, argv[1], 0, err);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int least; /* arguments */
        jz_status (*run)(int argc, char **argv, jz_err *err);
    } commands[] = { { "make", 1, make },       { "sign", 3, sign },
                     { "request", 2, request }, { "accept", 3, accept_reply },
                     { "verify", 1, verify },   { "check", 2, check } };
    char text[1000];
    jz_err err = { 0 };
    for (size_t i = 0; argc > 1 && i < JZ_ARRAY_LEN(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0 || argc - 2 < commands[i].least)
            continue;
        if (commands[i].run(argc - 2, argv + 2, &err) == JZ_OK)
            return 0;
        (void)printf("# %s\n", jz_err_text(&err, text, sizeof text));
        return 1;
    }
    (void)printf("# no such command\n");
    return 2;
}
