/* SPDX-License-Identifier: Apache-2.0 */
/* Who may come in: keys, codes, passwords, accounts, sessions, what wrong attempts cost; and that a
 * session has its role's rights and no others. */
#include "serve_fixture.h"

#define T0 INT64_C(1764460800000000)
#define PASSWORD "correct horse battery"

static int make_fixture(void **state)
{
    fixture *f = home_made(state);
    if (f == NULL)
        return -1;
    jz_govern_set_time(f->g, T0);
    return jz_staff_add(f->g, "lin", JZ_ROLE_MODERATOR, "tester", f->secret, NULL) == JZ_OK ? 0
                                                                                            : -1;
}

/* ---- codes, passwords ---- */

/* RFC 6238, appendix B, SHA-1. */
static void test_codes_are_those_of_the_standard(void **state)
{
    static const struct {
        int64_t at_s;
        uint32_t code;
    } rows[] = { { 59, 94287082 },         { 1111111109, 7081804 },  { 1111111111, 14050471 },
                 { 1234567890, 89005924 }, { 2000000000, 69279037 }, { 20000000000, 65353130 } };
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    char base32[JZ_TOTP_BASE32];
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        assert_int_equal(jz_totp_code(secret, (uint64_t)rows[i].at_s / 30, 8), rows[i].code);
    jz_totp_base32(secret, base32);
    assert_string_equal(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void test_codes_hold_for_a_step_on_either_side(void **state)
{
    const uint8_t *secret = (const uint8_t *)"12345678901234567890";
    (void)state;
    assert_int_equal(jz_totp_find(secret, "287082", 59, 0), 1);
    assert_int_equal(jz_totp_find(secret, "287082", 60, 0), 1);
    assert_int_equal(jz_totp_find(secret, "287082", 89, 0), 1);
    assert_int_equal(jz_totp_find(secret, "287082", 90, 0), 0);
    assert_int_equal(jz_totp_find(secret, "287082", 59, 1), 0); /* used */
    assert_int_equal(jz_totp_find(secret, "28708", 59, 0), 0);
    assert_int_equal(jz_totp_find(secret, "287082 ", 59, 0), 0);
}

static void test_passwords_are_argon2id(void **state)
{
    char a[JZ_PASSWORD_TEXT], b[JZ_PASSWORD_TEXT];
    bool same = false;
    (void)state;
    assert_int_equal(jz_password_hash(PASSWORD, a, NULL), JZ_OK);
    assert_int_equal(jz_password_hash(PASSWORD, b, NULL), JZ_OK);
    assert_memory_equal(a, "$argon2id$v=19$m=65536,t=3,p=1$", 31);
    assert_string_not_equal(a, b);
    assert_int_equal(jz_password_check(a, PASSWORD, &same, NULL), JZ_OK);
    assert_true(same);
    assert_int_equal(jz_password_check(a, PASSWORD ".", &same, NULL), JZ_OK);
    assert_false(same);
    assert_int_equal(jz_password_check("", PASSWORD, &same, NULL), JZ_OK);
    assert_false(same);
    assert_int_equal(jz_password_check("$argon2id$v=19$broken", "x", &same, NULL), JZ_E_CORRUPT);
}

/* ---- rates, keys ---- */

static void test_rate_is_a_minutes_worth_and_fills_steadily(void **state)
{
    jz_rates *r = jz_rates_new();
    unsigned wait_s = 0;
    const int64_t t = INT64_C(1790000000000000);
    (void)state;
    assert_non_null(r);
    for (int i = 0; i < 60; i++)
        assert_true(jz_rates_take(r, "a", 60, t, &wait_s));
    assert_false(jz_rates_take(r, "a", 60, t, &wait_s));
    assert_int_equal(wait_s, 2);
    assert_true(jz_rates_take(r, "b", 60, t, &wait_s));
    assert_false(jz_rates_take(r, "a", 60, t + 999999, &wait_s));
    assert_true(jz_rates_take(r, "a", 60, t + 1000000, &wait_s));
    assert_false(jz_rates_take(r, "a", 60, t + 1000000, &wait_s));
    /* A clock that goes back gives nothing; an hour later there is a minute's worth, not more. */
    assert_false(jz_rates_take(r, "a", 60, t - 5000000, &wait_s));
    for (int i = 0; i < 60; i++)
        assert_true(jz_rates_take(r, "a", 60, t + INT64_C(3600000000), &wait_s));
    assert_false(jz_rates_take(r, "a", 60, t + INT64_C(3600000000), &wait_s));
    jz_rates_free(r);
}

static void test_key_is_known_until_it_is_revoked(void **state)
{
    fixture *f = *state;
    jz_api_key k = { .role = JZ_ROLE_ADMIN, .name = "second" }, found;
    char token[JZ_KEY_TEXT], longer[JZ_KEY_TEXT + 1];
    assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_OK);
    assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_keys_find(f->g, token, &found, NULL), JZ_OK);
    assert_string_equal(found.name, "second");
    assert_int_equal(found.role, JZ_ROLE_ADMIN);
    (void)snprintf(longer, sizeof longer, "%s0", token);
    assert_int_equal(jz_keys_find(f->g, longer, &found, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_keys_revoke(f->g, "second", "tester", NULL), JZ_OK);
    assert_int_equal(jz_keys_revoke(f->g, "second", "tester", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_keys_revoke(f->g, "third", "tester", NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_keys_find(f->g, token, &found, NULL), JZ_E_NOTFOUND);
}

static void test_key_refuses_what_is_no_name_or_party(void **state)
{
    static const struct {
        const char *name, *party;
        jz_role role;
    } rows[] = { { "", "", JZ_ROLE_ADMIN },    { "a b", "", JZ_ROLE_ADMIN },
                 { "a", "p", JZ_ROLE_ADMIN },  { "a", "", JZ_ROLE_PARTNER },
                 { "a\n", "", JZ_ROLE_ADMIN }, { "a", "", (jz_role)3 },
                 { "a", "", (jz_role)64 } };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        jz_api_key k = { .role = rows[i].role };
        char token[JZ_KEY_TEXT];
        (void)snprintf(k.name, sizeof k.name, "%s", rows[i].name);
        (void)snprintf(k.party, sizeof k.party, "%s", rows[i].party);
        assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_E_INVAL);
    }
}

static void test_key_itself_is_not_in_the_database(void **state)
{
    fixture *f = *state;
    char path[300];
    JZ_BUF_AUTO file = { 0 };
    static const char *const names[] = { "jz.db", "jz.db-wal" };
    const jz_api_key k = { .role = JZ_ROLE_ADMIN, .name = "supervisor" };
    char token[JZ_KEY_TEXT];
    assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->home, names[i]);
        (void)!jz_file_read(path, (size_t)64 << 20, &file, NULL); /* there may be no second one */
    }
    assert_true(file.len > 0);
    assert_null(memmem(file.ptr, file.len, token + 3, 20));
    assert_non_null(memmem(file.ptr, file.len, "supervisor", 10));
}

/* ---- accounts ---- */

static void code_at(const jz_staff_try *t, int64_t at_us, char out[8])
{
    const uint64_t step = (uint64_t)(at_us / S / JZ_TOTP_STEP_S);
    (void)snprintf(out, 8, "%06u", jz_totp_code(t->totp, step, 6));
}

static void set_up(fixture *f, int64_t at_us)
{
    jz_staff_try t;
    char code[8], kept[JZ_PASSWORD_TEXT];
    jz_govern_set_time(f->g, at_us);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    assert_true(jz_staff_is_secret(&t, f->secret));
    code_at(&t, at_us, code);
    assert_int_equal(jz_password_hash(PASSWORD, kept, NULL), JZ_OK);
    assert_int_equal(jz_staff_set(f->g, &t, kept, code, NULL), JZ_OK);
}

static void test_a_secret_is_good_once_and_for_three_days(void **state)
{
    fixture *f = *state;
    jz_staff_try t, again;
    char code[8];
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    assert_false(jz_staff_is_secret(&t, "00000000000000000000000000000000"));
    code_at(&t, T0 + 600 * S, code);
    assert_int_equal(jz_staff_set(f->g, &t, "x", code, NULL), JZ_E_MISMATCH);
    set_up(f, T0 + 60 * S);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &again, NULL), JZ_OK);
    assert_false(jz_staff_is_secret(&again, f->secret));
    jz_govern_set_time(f->g, T0 + 120 * S);
    code_at(&t, T0 + 120 * S, code);
    assert_int_equal(jz_staff_set(f->g, &t, "x", code, NULL), JZ_E_MISMATCH); /* at once, twice */

    assert_int_equal(jz_staff_reset(f->g, "lin", "tester", f->secret, NULL), JZ_OK);
    jz_govern_set_time(f->g, T0 + INT64_C(4) * 86400 * S);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    assert_false(jz_staff_is_secret(&t, f->secret));
    assert_int_equal(jz_staff_reset(f->g, "nobody", "tester", f->secret, NULL), JZ_E_NOTFOUND);
}

static void test_names_are_of_one_kind_and_partners_have_keys(void **state)
{
    fixture *f = *state;
    char secret[JZ_STAFF_SECRET], token[JZ_KEY_TEXT];
    const jz_api_key k = { .name = "lin", .role = JZ_ROLE_ADMIN };
    assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_staff_add(f->g, "lin", JZ_ROLE_ADMIN, "tester", secret, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_staff_add(f->g, "a b", JZ_ROLE_ADMIN, "tester", secret, NULL), JZ_E_INVAL);
    assert_int_equal(jz_staff_add(f->g, "x", JZ_ROLE_PARTNER, "tester", secret, NULL), JZ_E_INVAL);
}

/* ---- sessions ---- */

static void enter(fixture *f, int64_t at_us, char token[JZ_SESSION_TEXT])
{
    jz_staff_try t;
    char code[8];
    jz_govern_set_time(f->g, at_us);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    code_at(&t, at_us, code);
    assert_int_equal(jz_staff_enter(f->g, &t, code, token, NULL), JZ_OK);
}

static jz_status find_at(fixture *f, const char *token, int64_t at_us)
{
    jz_api_key key;
    jz_session session;
    jz_govern_set_time(f->g, at_us);
    return jz_session_find(f->g, token, &key, &session, NULL);
}

static void test_a_session_ends_idle_old_or_with_its_account(void **state)
{
    fixture *f = *state;
    char token[JZ_SESSION_TEXT];
    const int64_t t = T0 + 3600 * S;
    set_up(f, T0);
    enter(f, t, token);
    assert_int_equal(find_at(f, token, t + JZ_SESSION_IDLE_US - S), JZ_OK);
    assert_int_equal(find_at(f, token, t + 2 * JZ_SESSION_IDLE_US - 2 * S), JZ_OK);
    assert_int_equal(find_at(f, token, t + 3 * JZ_SESSION_IDLE_US), JZ_E_NOTFOUND);
    enter(f, t + 4 * JZ_SESSION_IDLE_US, token);
    int64_t now = t + 4 * JZ_SESSION_IDLE_US;
    const int64_t end = now + JZ_SESSION_LIFE_US;
    for (; now < end; now += JZ_SESSION_IDLE_US / 2)
        assert_int_equal(find_at(f, token, now), JZ_OK);
    assert_int_equal(find_at(f, token, now), JZ_E_NOTFOUND);
    enter(f, now, token);
    token[0] = token[0] == '0' ? '1' : '0';
    assert_int_equal(find_at(f, token, now), JZ_E_NOTFOUND);
    enter(f, now + 60 * S, token);
    assert_int_equal(jz_keys_revoke(f->g, "lin", "tester", NULL), JZ_OK);
    assert_int_equal(find_at(f, token, now + 60 * S), JZ_E_NOTFOUND);
}

static void test_a_code_opens_one_session(void **state)
{
    fixture *f = *state;
    jz_staff_try t;
    char code[8], token[JZ_SESSION_TEXT];
    set_up(f, T0);
    jz_govern_set_time(f->g, T0 + 60 * S);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    code_at(&t, T0 + 60 * S, code);
    assert_int_equal(jz_staff_enter(f->g, &t, code, token, NULL), JZ_OK);
    assert_int_equal(jz_staff_enter(f->g, &t, code, token, NULL), JZ_E_MISMATCH);
}

static void test_wrong_attempts_wait_longer_each_time(void **state)
{
    fixture *f = *state;
    jz_staff_try t;
    int64_t now = T0;
    for (int i = 0; i < 5; i++)
        assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.7", &t, NULL), JZ_OK);
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.8", &t, NULL), JZ_E_BUSY);
    for (int64_t wait = 30; wait <= 960; wait *= 2) {
        jz_govern_set_time(f->g, now + (wait - 1) * S);
        assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.8", &t, NULL), JZ_E_BUSY);
        now += wait * S;
        jz_govern_set_time(f->g, now);
        assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.8", &t, NULL), JZ_OK);
    }
    for (int i = 0; i < 20; i++) /* names that there are not: the address waits */
        assert_int_equal(jz_staff_begin(f->g, "none", "192.0.2.9", &t, NULL), JZ_OK);
    assert_int_equal(jz_staff_begin(f->g, "none", "192.0.2.9", &t, NULL), JZ_E_BUSY);
    assert_int_equal(jz_staff_begin(f->g, "none", "192.0.2.10", &t, NULL), JZ_OK);
}

/* ---- over HTTP ---- */

static void test_a_session_has_the_rights_of_its_role(void **state)
{
    fixture *f = *state;
    char token[JZ_SESSION_TEXT], csrf[JZ_SESSION_TEXT];
    char cookie[128];
    sent s = { .content_type = "application/json", .cookie = cookie };
    jz_staff_try t;
    jz_govern_set_time(f->g, 0); /* the server's clock is the system's */
    assert_int_equal(jz_staff_begin(f->g, "lin", "192.0.2.1", &t, NULL), JZ_OK);
    assert_int_equal(jz_staff_enter(f->g, &t, NULL, token, NULL), JZ_OK);
    assert_int_equal(server_started(f), 0);
    (void)snprintf(cookie, sizeof cookie, "other=1; jz_session=%s; more=2", token);
    jz_session_csrf(token, csrf);
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        const bool may = r->roles == JZ_ANYBODY || (r->roles & JZ_ROLE_MODERATOR) != 0;
        char path[160];
        path_of(r, path);
        s.csrf = csrf;
        assert_int_equal(planned(f, r->method, path, &s), may ? 0 : 403);
        s.csrf = NULL; /* as another site's page would */
        const bool change = strcmp(r->method, "GET") != 0;
        assert_int_equal(planned(f, r->method, path, &s),
                         (change && r->roles != JZ_ANYBODY) || !may ? 403 : 0);
    }
    s.csrf = csrf;
    (void)snprintf(cookie, sizeof cookie, "xjz_session=%s", token);
    assert_int_equal(planned(f, "GET", "/v1/complaints", &s), 401);
    (void)snprintf(cookie, sizeof cookie, "jz_session=%s0", token);
    assert_int_equal(planned(f, "GET", "/v1/complaints", &s), 401);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_those_of_the_standard),
        cmocka_unit_test(test_codes_hold_for_a_step_on_either_side),
        cmocka_unit_test(test_passwords_are_argon2id),
        cmocka_unit_test(test_rate_is_a_minutes_worth_and_fills_steadily),
        cmocka_unit_test_setup_teardown(test_key_is_known_until_it_is_revoked, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_key_refuses_what_is_no_name_or_party, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_key_itself_is_not_in_the_database, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_a_secret_is_good_once_and_for_three_days, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_names_are_of_one_kind_and_partners_have_keys,
                                        make_fixture, drop_fixture),
        cmocka_unit_test_setup_teardown(test_a_session_ends_idle_old_or_with_its_account,
                                        make_fixture, drop_fixture),
        cmocka_unit_test_setup_teardown(test_a_code_opens_one_session, make_fixture, drop_fixture),
        cmocka_unit_test_setup_teardown(test_wrong_attempts_wait_longer_each_time, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_a_session_has_the_rights_of_its_role, make_fixture,
                                        drop_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
