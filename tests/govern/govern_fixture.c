/* SPDX-License-Identifier: Apache-2.0 */
#include "govern_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "ledger/ed25519.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

fixture *fixture_of(void **state)
{
    return *state;
}

void at(fixture *f, int64_t now_s)
{
    jz_govern_set_time(f->g, now_s * 1000000);
}

int make_fixture(void **state)
{
    static const char list[] = "序号,算法名称,角色,主体名称,应用产品,主要用途,备案编号,备注\n"
                               "1,某换脸算法,服务提供者,某公司,某产品,某用途," FILING ",\n";
    fixture *f = calloc(1, sizeof *f);
    const jz_govern_opts opts = { .relaxed = true };
    jz_filing_count count;
    if (f == NULL)
        return -1;
    *state = f;
    (void)snprintf(f->home, sizeof f->home, "%s/jz-govern-XXXXXX",
                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(f->home) == NULL || jz_govern_open(f->home, true, &opts, &f->g, NULL) != JZ_OK ||
        jz_gate_key(f->home, true, &f->gate, NULL) != JZ_OK ||
        jz_skey_new("person", JZ_KEY_ED25519, &f->person, NULL) != JZ_OK)
        return -1;
    at(f, T0);
    if (jz_filing_import(f->g, (jz_bytes){ (const uint8_t *)list, sizeof list - 1 }, "tester",
                         &count, NULL) != JZ_OK ||
        jz_gate_set_provider(f->g, "provider-1", FILING, "tester", NULL) != JZ_OK)
        return -1;
    return 0;
}

int drop_fixture(void **state)
{
    fixture *f = *state;
    jz_govern_close(f->g);
    jz_remove_tree(f->home);
    free(f);
    return 0;
}

/* ---- records ---- */

static void replace_once(jz_buf *text, const char *old, const char *new)
{
    JZ_BUF_AUTO made = { 0 };
    if (old == NULL)
        return;
    const char *found = strstr(text->ptr, old);
    assert_non_null(found);
    jz_buf_put(&made, text->ptr, (size_t)(found - text->ptr));
    jz_buf_puts(&made, new);
    jz_buf_puts(&made, found + strlen(old));
    jz_buf_reset(text);
    jz_buf_puts(text, made.ptr);
}

void record_text(const record_opts *o, jz_buf *out)
{
    char key[80] = "null";
    if (!o->no_key) {
        key[0] = '"';
        jz_hex_encode(o->owner->person.pub.key, 32, key + 1);
        (void)strcat(key, "\"");
    }
    jz_buf_printf(
        out,
        "{\"schema_version\":\"jz-consent/1 (ISO-IEC-TS-27560:2023)\","
        "\"pii_principal\":{\"ref\":\"person-ref\",\"age_band\":\"adult\",\"guardian_ref\":null,"
        "\"key\":%s},"
        "\"notice\":{\"sha256\":\"" MEDIUM "\",\"url\":\"https://example.org/notice\","
        "\"language\":\"zh-CN\",\"shown_at\":%" PRId64 "},"
        "\"grant\":{\"operation\":\"face_swap\",\"purpose\":\"film\",\"face_role\":\"source\","
        "\"media_sha256\":[\"" MEDIUM "\"],\"content_class\":[\"general\"],"
        "\"never\":[\"intimate\",\"political-endorsement\",\"id-verification\"],"
        "\"visibility\":\"group\",\"territory\":[\"CN\"],\"commercial\":false,\"max_outputs\":3,"
        "\"model_training\":false,\"sublicensable\":false,\"revocable\":true},"
        "\"controllers\":[{\"party_id\":\"provider-1\",\"name\":\"某公司\","
        "\"algorithm_filing_no\":\"" FILING "\",\"address\":\"a\",\"contact\":\"c\","
        "\"role\":\"provider\"}],"
        "\"recipients\":[],\"storage_locations\":[\"CN-HZ\"],\"retention_period\":\"P30D\","
        "\"jurisdiction\":\"CN\",\"impact_assessment\":\"pia-12\","
        "\"withdrawal_method\":{\"url\":\"https://example.org/withdraw\",\"phone\":\"1\"},"
        "\"valid_from\":%" PRId64 ",\"valid_until\":%" PRId64 ","
        "\"evidence_of_person\":{\"method\":\"wet signature\",\"at\":%" PRId64
        ",\"digest\":\"" MEDIUM "\"}}",
        key, T0 - 10, T0, T0 + 90 * DAY, T0 - 5);
    replace_once(out, o->replace, o->with);
}

jz_status asked(fixture *f, const record_opts *o, jz_consent_ticket *out)
{
    JZ_BUF_AUTO text = { 0 };
    record_text(o, &text);
    return jz_consent_request(f->g, (jz_bytes){ (const uint8_t *)text.ptr, text.len }, "provider-1",
                              out, NULL);
}

jz_status signed_act(fixture *f, const char *id, jz_consent_act act, int64_t until_s)
{
    char *text = NULL;
    uint8_t sig[JZ_CONSENT_SIG_SIZE];
    assert_int_equal(jz_consent_statement(f->g, id, act, until_s, &text, NULL), JZ_OK);
    assert_int_equal(jz_ed25519_sign(f->person.seed,
                                     (jz_bytes){ (const uint8_t *)text, strlen(text) }, sig, NULL),
                     JZ_OK);
    jz_govern_free(text);
    const jz_consent_deed deed = {
        .act = act, .by = "person", .until_s = until_s, .signature = sig
    };
    return jz_consent_do(f->g, id, &deed, NULL);
}

void granted(fixture *f, const record_opts *o, jz_consent_ticket *out)
{
    record_opts with_key = *o;
    with_key.owner = f;
    assert_int_equal(asked(f, &with_key, out), JZ_OK);
    assert_int_equal(signed_act(f, out->id, JZ_CONSENT_GRANT, 0), JZ_OK);
}

/* ---- requests ---- */

void request_text(const char *request_id, const char *consent, const char *replace,
                  const char *with, jz_buf *out)
{
    jz_buf_printf(out,
                  "{\"request_id\":\"%s\",\"requester\":{\"ref\":\"user-1\","
                  "\"real_name_verified\":true,\"standing\":\"ok\"},"
                  "\"operation\":\"face_swap\",\"purpose\":\"film\",\"content_class\":\"general\","
                  "\"subjects\":[{\"role\":\"source\",\"media_sha256\":\"" MEDIUM "\","
                  "\"consent_id\":%s%s%s,\"apparent_minor\":\"no\"}],"
                  "\"output\":{\"visibility\":\"group\",\"commercial\":false,"
                  "\"territory\":[\"CN\"]},\"labels\":{\"explicit\":true,\"implicit\":true}}",
                  request_id, consent != NULL ? "\"" : "", consent != NULL ? consent : "null",
                  consent != NULL ? "\"" : "");
    replace_once(out, replace, with);
}

jz_status ask(fixture *f, const jz_buf *request, jz_gate_answer *out)
{
    const jz_bytes json = { (const uint8_t *)request->ptr, request->len };
    const jz_status st = jz_gate_check(f->g, &f->gate, "provider-1", &json, 1, out, NULL);
    return st != JZ_OK ? st : out->status;
}

void assert_decision(fixture *f, const char *consent, const char *replace, const char *with,
                     jz_gate_decision decision, const char *reason)
{
    static unsigned number;
    char id[32];
    char quoted[96];
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    (void)snprintf(id, sizeof id, "request-%u", number++);
    request_text(id, consent, replace, with, &text);
    assert_int_equal(ask(f, &text, &a), JZ_OK);
    if (a.decision != decision)
        print_message("%s\n", a.json);
    assert_int_equal(a.decision, decision);
    if (reason != NULL) {
        (void)snprintf(quoted, sizeof quoted, "\"%s\"", reason);
        if (strstr(a.json, quoted) == NULL)
            print_message("%s\n", a.json);
        assert_non_null(strstr(a.json, quoted));
    }
    assert_int_equal(strstr(a.json, "\"token\":") != NULL, decision == JZ_GATE_PERMIT);
    jz_gate_answers_done(&a, 1);
}

void token_of(const char *answer, jz_buf *out)
{
    const char *p = strstr(answer, "\"token\":\"");
    assert_non_null(p);
    for (p += strlen("\"token\":\""); *p != '"'; p++) {
        if (p[0] == '\\' && p[1] == 'n') {
            jz_buf_putc(out, '\n');
            p++;
        } else {
            assert_true(*p != '\\');
            jz_buf_putc(out, *p);
        }
    }
}
