/* SPDX-License-Identifier: Apache-2.0 */
/* A log asks a witness, which says no to whatever is not that log, grown. */
#include "tests/ledger/ledger_fixture.h"

static char dir[64];
static char log_dir[96];
static char memory[96];
static jz_skey key;
static jz_skey witness;

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/jz-witness-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    (void)snprintf(log_dir, sizeof log_dir, "%s/log", dir);
    (void)snprintf(memory, sizeof memory, "%s/witness", dir);
    key = new_key(ORIGIN, JZ_KEY_ED25519);
    witness = new_key("witness.example/w", JZ_KEY_COSIGNATURE);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static jz_log *grown_log(const char *where, const char *leaf, unsigned n)
{
    jz_log *log = NULL;
    uint64_t first;
    const jz_bytes one = bytes(leaf);
    assert_ok(jz_log_create(where, &key, err));
    assert_ok(jz_log_open(where, &key.pub, &key, NULL, &log, err));
    for (unsigned i = 0; i < n; i++)
        assert_ok(jz_log_append(log, &one, 1, &first, err));
    return log;
}

/* As a witness that knows one log. */
static jz_status add(const jz_vkey *log, const jz_skey *own, const char *request,
                     jz_witness_reply *reply, jz_err *err)
{
    const jz_witness w = { .dir = memory, .logs = log, .n = 1, .key = own };
    return jz_witness_add(&w, 1700000000, bytes(request), reply, err);
}

static int ask_text(const char *request, char **body)
{
    jz_witness_reply reply;
    assert_ok(add(&key.pub, &witness, request, &reply, err));
    if (body != NULL)
        *body = reply.body;
    else
        jz_ledger_free(reply.body);
    return reply.status;
}

static int ask(jz_log *log, uint64_t old, char **body)
{
    jz_auto(char) *request = NULL;
    assert_ok(jz_log_witness_request(log, old, &request, err));
    return ask_text(request, body);
}

static void test_witness_signs_a_log_that_grows(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    uint64_t first;
    const jz_bytes leaf = bytes("b");
    for (uint64_t old = 0, size = 5; size < 12; old = size, size++) {
        jz_auto(char) *line = NULL;
        assert_int_equal(ask(log, old, &line), 200);
        assert_ok(jz_log_cosign(log, bytes(line), &witness.pub, 1, err));
        assert_int_equal(ask(log, size, NULL), 200); /* once more, of the same size */
        assert_ok(jz_log_append(log, &leaf, 1, &first, err));
    }
}

static void test_witness_says_what_it_knows(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(char) *body = NULL;
    assert_int_equal(ask(log, 3, &body), 409);
    assert_string_equal(body, "0\n");
    assert_int_equal(ask(log, 0, NULL), 200);
    jz_ledger_free(body);
    assert_int_equal(ask(log, 3, &body), 409);
    assert_string_equal(body, "5\n");
}

static void test_witness_refuses_a_log_that_was_rewritten(void **state)
{
    (void)state;
    char other_dir[112];
    (void)snprintf(other_dir, sizeof other_dir, "%s/other", dir);
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(jz_log) *other = grown_log(other_dir, "x", 5); /* the same key, other leaves */
    uint64_t first;
    const jz_bytes leaf = bytes("b");
    assert_int_equal(ask(log, 0, NULL), 200);
    assert_int_equal(ask(other, 5, NULL), 409); /* two roots of one size */
    assert_ok(jz_log_append(other, &leaf, 1, &first, err));
    assert_int_equal(ask(other, 5, NULL), 422);
    assert_int_equal(ask(log, 5, NULL), 200);
}

static void test_witness_refuses_what_it_cannot_trust(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(char) *request = NULL;
    const jz_skey stranger = new_key("other.example/log", JZ_KEY_ED25519);
    const jz_skey impostor = new_key(ORIGIN, JZ_KEY_ED25519);
    jz_witness_reply r;
    assert_ok(jz_log_witness_request(log, 0, &request, err));
    assert_ok(add(&stranger.pub, &witness, request, &r, err));
    assert_int_equal(r.status, 404);
    jz_ledger_free(r.body);
    assert_ok(add(&impostor.pub, &witness, request, &r, err));
    assert_int_equal(r.status, 403);
    jz_ledger_free(r.body);
    assert_int_equal(add(&key.pub, &key, request, &r, NULL), JZ_E_INVAL);
    assert_int_equal(ask_text("", NULL), 400);
    assert_int_equal(ask_text("old 0\n", NULL), 400);
    assert_int_equal(ask_text("old 00\n\n", NULL), 400);
    assert_int_equal(ask_text("old 0\nxyz\n\n", NULL), 400);
    request[4] = '6'; /* old 6, of a log of 5 */
    assert_int_equal(ask_text(request, NULL), 400);
}

/* One bit of a request that proves something: never a signature for another tree. */
static void test_no_bit_of_a_request_may_change(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 3);
    jz_auto(char) *request = NULL;
    uint64_t first;
    const jz_bytes leaf = bytes("b");
    assert_int_equal(ask(log, 0, NULL), 200);
    for (int i = 0; i < 4; i++)
        assert_ok(jz_log_append(log, &leaf, 1, &first, err));
    assert_ok(jz_log_witness_request(log, 3, &request, err));
    for (size_t i = 0; request[i] != '\0'; i++) {
        request[i] ^= 1;
        assert_int_not_equal(ask_text(request, NULL), 200);
        request[i] ^= 1;
    }
    assert_int_equal(ask_text(request, NULL), 200);
}

static void test_memory_that_was_changed_is_told(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(char) *request = NULL;
    char command[256];
    jz_witness_reply r;
    assert_int_equal(ask(log, 0, NULL), 200);
    assert_ok(jz_log_witness_request(log, 4, &request, err));
    (void)snprintf(command, sizeof command, "sed -i 2s/5/4/ %s/*/checkpoint", memory);
    assert_int_equal(system(command), 0);
    assert_int_equal(add(&key.pub, &witness, request, &r, NULL), JZ_E_CORRUPT);
}

/* ---- from the log's side ---- */

typedef struct road { /* to a witness in this process */
    const jz_vkey *log;
    unsigned asked;
    const char *instead; /* of its answer of 200 */
} road;

static jz_status carry(void *user, jz_bytes request, jz_witness_reply *reply, jz_err *err)
{
    road *r = user;
    const jz_witness w = { .dir = memory, .logs = r->log, .n = 1, .key = &witness };
    r->asked++;
    JZ_TRY(jz_witness_add(&w, 1700000000, request, reply, err));
    if (reply->status == 200 && r->instead != NULL) {
        jz_ledger_free(reply->body);
        reply->body = jz_strdup(r->instead);
    }
    return JZ_OK;
}

static jz_status ask_by(jz_log *log, road *r, char **lines)
{
    return jz_log_ask_witness(log, &witness.pub, carry, r, lines, NULL);
}

static void test_log_learns_what_the_witness_knows(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    road r = { .log = &key.pub };
    uint64_t first;
    const jz_bytes leaf = bytes("b");
    for (unsigned i = 0; i < 3; i++) {
        jz_auto(char) *lines = NULL;
        r.asked = 0;
        assert_ok(ask_by(log, &r, &lines));
        assert_int_equal(r.asked, i == 0 ? 1 : 2);
        assert_ok(jz_log_cosign(log, bytes(lines), &witness.pub, 1, err));
        assert_ok(jz_log_append(log, &leaf, 1, &first, err));
    }
}

static void test_log_that_is_not_what_it_was_is_told_by_the_witness(void **state)
{
    (void)state;
    char other_dir[112];
    (void)snprintf(other_dir, sizeof other_dir, "%s/other", dir);
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(jz_log) *other = grown_log(other_dir, "x", 4);
    jz_auto(char) *lines = NULL;
    road r = { .log = &key.pub };
    uint64_t first;
    const jz_bytes leaf = bytes("x");
    assert_ok(ask_by(log, &r, &lines));
    jz_ledger_free(JZ_TAKE(lines));
    for (unsigned size = 4; size <= 6; size++) { /* fewer leaves, other ones, other ones and more */
        assert_int_equal(ask_by(other, &r, &lines), JZ_E_MISMATCH);
        assert_null(lines);
        assert_ok(jz_log_append(other, &leaf, 1, &first, err));
    }
}

static void test_log_takes_nothing_false_from_a_witness(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(char) *lines = NULL;
    jz_auto(char) *old = NULL;
    const jz_skey stranger = new_key("other.example/log", JZ_KEY_ED25519);
    road unknown = { .log = &stranger.pub };
    uint64_t first;
    const jz_bytes leaf = bytes("b");
    assert_int_equal(ask_by(log, &unknown, &lines), JZ_E_NOTFOUND);
    assert_ok(ask_by(log, &(road){ .log = &key.pub }, &old)); /* of five leaves */
    assert_ok(jz_log_append(log, &leaf, 1, &first, err));
    const char *const replies[] = { "", "nonsense\n", old };
    for (size_t i = 0; i < JZ_ARRAY_LEN(replies); i++) {
        road r = { .log = &key.pub, .instead = replies[i] };
        assert_int_not_equal(ask_by(log, &r, &lines), JZ_OK);
        assert_null(lines);
    }
}

static uint64_t signed_at(uint64_t now, const char *request)
{
    const jz_witness w = { .dir = memory, .logs = &key.pub, .n = 1, .key = &witness };
    jz_witness_reply r;
    char text[JZ_VKEY_TEXT];
    JZ_BUF_AUTO policy_text = { 0 };
    JZ_BUF_AUTO note = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    jz_trust trust;
    assert_ok(jz_witness_add(&w, now, bytes(request), &r, err));
    assert_int_equal(r.status, 200);
    jz_vkey_text(&key.pub, text);
    jz_buf_printf(&policy_text, "log %s\n", text);
    jz_vkey_text(&witness.pub, text);
    jz_buf_printf(&policy_text, "witness w %s http://w.example/w\nquorum w\n", text);
    assert_ok(jz_policy_parse(bytes_of_buf(&policy_text), &policy, err));
    jz_buf_puts(&note, strstr(request, "\n\n") + 2);
    jz_buf_puts(&note, r.body);
    jz_ledger_free(r.body);
    assert_ok(jz_policy_check(policy, bytes_of_buf(&note), &trust, err));
    return trust.first_witnessed;
}

static void test_clock_that_is_set_back_signs_no_earlier_time(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = grown_log(log_dir, "a", 5);
    jz_auto(char) *first = NULL;
    jz_auto(char) *again = NULL;
    assert_ok(jz_log_witness_request(log, 0, &first, err));
    assert_ok(jz_log_witness_request(log, 5, &again, err));
    assert_int_equal(signed_at(1700000000, first), 1700000000);
    assert_int_equal(signed_at(1600000000, again), 1700000000);
    assert_int_equal(signed_at(1700000001, again), 1700000001);
}

static void test_witnesses_of_a_policy_are_listed_with_their_urls(void **state)
{
    (void)state;
    char text[JZ_VKEY_TEXT];
    JZ_BUF_AUTO b = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    const jz_skey other = new_key("w.example/2", JZ_KEY_COSIGNATURE);
    const jz_vkey *got = NULL;
    const char *url = NULL;
    jz_vkey_text(&witness.pub, text);
    jz_buf_printf(&b, "witness a %s https://w.example/a/\n", text);
    jz_vkey_text(&other.pub, text);
    jz_buf_printf(&b, "witness b %s\nquorum none\n", text);
    assert_ok(jz_policy_parse(bytes_of_buf(&b), &policy, err));
    assert_true(jz_policy_witness(policy, 0, &got, &url));
    assert_string_equal(url, "https://w.example/a/");
    assert_string_equal(got->name, witness.pub.name);
    assert_true(jz_policy_witness(policy, 1, &got, &url));
    assert_string_equal(url, "");
    assert_string_equal(got->name, "w.example/2");
    assert_false(jz_policy_witness(policy, 2, &got, &url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_witness_signs_a_log_that_grows, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_witness_says_what_it_knows, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_witness_refuses_a_log_that_was_rewritten, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_witness_refuses_what_it_cannot_trust, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_no_bit_of_a_request_may_change, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_memory_that_was_changed_is_told, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_log_learns_what_the_witness_knows, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_log_that_is_not_what_it_was_is_told_by_the_witness,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_log_takes_nothing_false_from_a_witness, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_clock_that_is_set_back_signs_no_earlier_time, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_witnesses_of_a_policy_are_listed_with_their_urls,
                                        make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
