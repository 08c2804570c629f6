/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the gate, in one table, in their order; the first that hits decides. Hard denials
 * stand before consent and before the rules, which run last and only where everything permits: so
 * nothing can override them. */
#include "govern/gates.h"
#include "label/provider_code.h"

#include "base/hex.h"

#include <stdio.h>
#include <string.h>

static void hit(jz_gate_case *c, jz_gate_decision decision, const char *reason)
{
    /* A denial stays one, whatever else is missing. */
    if (c->decision == 0 || decision == JZ_GATE_DENY)
        c->decision = decision;
    for (size_t i = 0; i < c->reasons; i++)
        if (strcmp(c->reason[i], reason) == 0)
            return;
    if (c->reasons < JZ_GATE_REASONS)
        (void)snprintf(c->reason[c->reasons++], JZ_GATE_REASON_SIZE, "%s", reason);
}

/* ---- 1 requester, 2 provider ---- */

static jz_status check_requester(jz_gate_case *c, jz_err *err)
{
    (void)err;
    if (c->q->requester.standing == JZ_STANDING_SUSPENDED)
        hit(c, JZ_GATE_DENY, "E_SUSPENDED");
    /* Deep Synthesis Provisions, article 9: who is not verified may not publish. */
    else if (!c->q->requester.verified && c->q->output.visibility != JZ_VISIBILITY_PRIVATE)
        hit(c, JZ_GATE_DENY, "E_UNVERIFIED");
    return JZ_OK;
}

jz_status jz_gate_filing(jz_govern *g, const char *provider, jz_filing_state *state, char code[20],
                         jz_err *err)
{
    jz_stmt *st = NULL;
    bool found = false;
    JZ_TRY(jz_govern_stmt(g, JZ_SQL_PROVIDER, &st, err));
    jz_stmt_bind_text(st, 1, provider);
    JZ_TRY(jz_stmt_step(st, &found, err));
    *state = JZ_FILING_NONE;
    code[0] = '\0';
    if (found && !jz_stmt_is_null(st, 1)) {
        const char *bound = jz_stmt_text(st, 2);
        *state = jz_stmt_i64(st, 1) != 0 ? JZ_FILING_ENDED : JZ_FILING_IN_FORCE;
        (void)snprintf(code, 20, "%s", bound != NULL ? bound : "");
    }
    jz_stmt_reset(st);
    return JZ_OK;
}

static jz_status check_filing(jz_gate_case *c, jz_err *err)
{
    jz_filing_state state;
    JZ_TRY(jz_gate_filing(c->g, c->provider, &state, c->provider_code, err));
    if (state != JZ_FILING_IN_FORCE)
        hit(c, JZ_GATE_DENY, "E_UNFILED");
    return JZ_OK;
}

/* ---- 3 what nobody's consent allows ---- */

static jz_status find_block(jz_govern *g, const char *subject, const char **reason, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_govern_stmt(g, JZ_SQL_BLOCK, &st, err));
    jz_stmt_bind_text(st, 1, subject);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row && !jz_stmt_is_null(st, 0) && (*reason == NULL || jz_stmt_i64(st, 0) != 0))
        *reason = jz_stmt_i64(st, 0) != 0 ? "E_ORDER" : "E_NO_SYNTH";
    jz_stmt_reset(st);
    return JZ_OK;
}

jz_status jz_gate_blocked(jz_govern *g, const uint8_t *media, const char *ref, const char **reason,
                          jz_err *err)
{
    char subject[JZ_GOVERN_NAME_MAX + 8] = "sha256:";
    *reason = NULL;
    if (media != NULL) {
        jz_hex_encode(media, 32, subject + 7);
        JZ_TRY(find_block(g, subject, reason, err));
    }
    if (ref == NULL || ref[0] == '\0')
        return JZ_OK;
    (void)snprintf(subject, sizeof subject, "ref:%s", ref);
    return find_block(g, subject, reason, err);
}

/* Under 18 nobody but the person, or the guardian, may ask. */
static bool is_minor(const jz_gate_case *c, size_t i)
{
    const jz_consent_row *r = &c->consent[i];
    const char *who = c->q->requester.ref;
    if (c->q->subject[i].apparent_minor == JZ_MINOR_YES)
        return true;
    return r->row != 0 && r->age != JZ_AGE_ADULT && strcmp(who, r->principal) != 0 &&
           strcmp(who, r->guardian) != 0;
}

static jz_status check_hard(jz_gate_case *c, jz_err *err)
{
    const uint32_t class = 1U << (c->q->content_class - 1);
    if (class == JZ_CLASS_INTIMATE)
        hit(c, JZ_GATE_DENY, "E_INTIMATE");
    if (class == JZ_CLASS_ID_VERIFICATION)
        hit(c, JZ_GATE_DENY, "E_VERIFY_BYPASS");
    for (size_t i = 0; i < c->q->subjects; i++) {
        const char *blocked = NULL;
        const char *ref = c->consent[i].row != 0 ? c->consent[i].principal : NULL;
        if (is_minor(c, i))
            hit(c, JZ_GATE_DENY, "E_MINOR");
        JZ_TRY(jz_gate_blocked(c->g, c->q->subject[i].media, ref, &blocked, err));
        if (blocked != NULL)
            hit(c, JZ_GATE_DENY, blocked);
    }
    return JZ_OK;
}

/* ---- 4 consent, 5 outputs left ---- */

/* Why a consent in its state is not good now; NULL: it is. */
static const char *state_fault(const jz_consent_life *life, int64_t now_s,
                               jz_gate_decision *decision)
{
    *decision = JZ_GATE_DENY;
    switch (life->state) {
    case JZ_CONSENT_GIVEN:
    case JZ_CONSENT_RENEWED:
        if (now_s < life->from_s)
            return "E_NOT_YET";
        if (now_s < life->until_s)
            return NULL;
        *decision = JZ_GATE_NEEDS_CONSENT;
        return "E_EXPIRED";
    case JZ_CONSENT_EXPIRED:
        *decision = JZ_GATE_NEEDS_CONSENT;
        return "E_EXPIRED";
    case JZ_CONSENT_WITHDRAWN:
        return "E_WITHDRAWN";
    case JZ_CONSENT_REVOKED:
        return "E_REVOKED";
    case JZ_CONSENT_INVALIDATED:
        return "E_INVALIDATED";
    case JZ_CONSENT_REFUSED:
        return "E_NO_CONSENT";
    default:
        *decision = JZ_GATE_NEEDS_CONSENT;
        return "E_NO_CONSENT";
    }
}

static bool covers_territory(const jz_consent_row *r, const jz_gate_request *q)
{
    for (size_t i = 0; i < q->output.n_territory; i++) {
        char wanted[4];
        (void)snprintf(wanted, sizeof wanted, "%s,", q->output.territory[i]);
        if (strlen(wanted) != 3 || strstr(r->territory, wanted) == NULL)
            return false;
    }
    return true;
}

static jz_status covers_media(jz_gate_case *c, size_t i, bool *out, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_govern_stmt(c->g, JZ_SQL_MEDIA, &st, err));
    jz_stmt_bind_i64(st, 1, c->consent[i].row);
    jz_stmt_bind_blob(st, 2, c->q->subject[i].media, 32);
    JZ_TRY(jz_stmt_step(st, out, err));
    jz_stmt_reset(st);
    return JZ_OK;
}

static jz_status check_scope(jz_gate_case *c, size_t i, jz_err *err)
{
    const jz_gate_request *q = c->q;
    const jz_consent_row *r = &c->consent[i];
    bool media = false;
    JZ_TRY(covers_media(c, i, &media, err));
    const struct {
        bool fits;
        const char *reason;
    } scopes[] = {
        { r->operation == q->operation, "E_SCOPE_OPERATION" },
        { r->purpose == q->purpose, "E_SCOPE_PURPOSE" },
        { r->role == q->subject[i].role, "E_SCOPE_ROLE" },
        { media, "E_SCOPE_MEDIA" },
        { (r->classes >> (q->content_class - 1) & 1) != 0, "E_SCOPE_CONTENT" },
        { q->output.visibility <= r->visibility, "E_SCOPE_VISIBILITY" },
        { r->commercial || !q->output.commercial, "E_SCOPE_COMMERCIAL" },
        { covers_territory(r, q), "E_SCOPE_TERRITORY" },
    };
    for (size_t k = 0; k < JZ_ARRAY_LEN(scopes); k++)
        if (!scopes[k].fits)
            hit(c, JZ_GATE_DENY, scopes[k].reason);
    return JZ_OK;
}

static jz_status check_consent(jz_gate_case *c, jz_err *err)
{
    for (size_t i = 0; i < c->q->subjects; i++) {
        jz_gate_decision decision = JZ_GATE_NEEDS_CONSENT;
        const char *reason = "E_NO_CONSENT";
        if (c->consent[i].row != 0)
            reason = state_fault(&c->consent[i].life, c->now_s, &decision);
        if (reason == NULL) {
            JZ_TRY(check_scope(c, i, err));
            continue;
        }
        c->missing[i] = decision == JZ_GATE_NEEDS_CONSENT;
        hit(c, decision, reason);
    }
    return JZ_OK;
}

static jz_status check_quota(jz_gate_case *c, jz_err *err)
{
    for (size_t i = 0; i < c->q->subjects; i++) {
        const jz_consent_row *r = &c->consent[i];
        jz_stmt *st = NULL;
        bool row = false;
        JZ_TRY(jz_govern_stmt(c->g, JZ_SQL_PENDING, &st, err));
        jz_stmt_bind_i64(st, 1, r->row);
        jz_stmt_bind_i64(st, 2, c->now_s);
        JZ_TRY(jz_stmt_step(st, &row, err));
        const int64_t pending = row ? jz_stmt_i64(st, 0) : 0;
        jz_stmt_reset(st);
        if (r->used + pending >= r->max_outputs)
            hit(c, JZ_GATE_DENY, "E_QUOTA");
    }
    return JZ_OK;
}

/* ---- 6 labels, review, 7 rules ---- */

jz_status jz_gate_producer(jz_govern *g, const char *code, const char *producer, const char **fault,
                           jz_err *err)
{
    jz_producer_state state;
    *fault = NULL;
    JZ_TRY(jz_filing_of_producer(g, producer, &state, err));
    if (state == JZ_PRODUCER_MALFORMED)
        *fault = "the label's producer code is malformed";
    else if (code[0] != '\0' && strncmp(producer + 4, code, 18) != 0)
        *fault = "the label's producer code is not that of this provider's filing";
    else if (state == JZ_PRODUCER_ENDED)
        *fault = "the filing of the label's producer has ended";
    else if (state != JZ_PRODUCER_FILED)
        *fault = "the label's producer has no filing";
    return JZ_OK;
}

static jz_status check_labels(jz_gate_case *c, jz_err *err)
{
    const char *fault = NULL;
    if (!c->q->labels.explicit_label || !c->q->labels.implicit_label)
        hit(c, JZ_GATE_DENY, "E_NO_LABEL");
    if (c->q->labels.producer[0] == '\0')
        return JZ_OK;
    JZ_TRY(jz_gate_producer(c->g, c->provider_code, c->q->labels.producer, &fault, err));
    if (fault != NULL)
        hit(c, JZ_GATE_DENY, "E_LABEL_PRODUCER");
    return JZ_OK;
}

static jz_status check_review(jz_gate_case *c, jz_err *err)
{
    (void)err;
    if (c->q->requester.standing == JZ_STANDING_LIMITED)
        hit(c, JZ_GATE_NEEDS_REVIEW, "E_LIMITED");
    for (size_t i = 0; i < c->q->subjects; i++)
        if (c->q->subject[i].apparent_minor == JZ_MINOR_UNSURE)
            hit(c, JZ_GATE_NEEDS_REVIEW, "E_MINOR");
    return JZ_OK;
}

static bool is_rule_id(const char *s)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "_.-";
    const size_t len = strnlen(s, 64);
    return len > 0 && len < 64 && strspn(s, allowed) == len;
}

static jz_status check_rules(jz_gate_case *c, jz_err *err)
{
    const jz_gate_request *q = c->q;
    const jz_gate_view view = { .provider = c->provider,
                                .requester = q->requester.ref,
                                .operation = jz_words_operation[q->operation - 1],
                                .purpose = jz_words_purpose[q->purpose - 1],
                                .content_class = jz_words_class[q->content_class - 1],
                                .visibility = jz_words_visibility[q->output.visibility - 1],
                                .commercial = q->output.commercial,
                                .subjects = q->subjects };
    jz_gate_decision decision = JZ_GATE_PERMIT;
    char rule[64] = "";
    char reason[JZ_GATE_REASON_SIZE];
    if (c->g->rules == NULL)
        return JZ_OK;
    JZ_TRY(c->g->rules(c->g->rules_user, &view, &decision, rule, err));
    if (decision == JZ_GATE_PERMIT)
        return JZ_OK;
    if ((decision != JZ_GATE_DENY && decision != JZ_GATE_NEEDS_REVIEW) || !is_rule_id(rule))
        return JZ_FAIL(err, JZ_E_BUG, "rules that neither permit, deny nor ask for a review");
    (void)snprintf(reason, sizeof reason, "E_RULE:%s", rule);
    hit(c, decision, reason);
    return JZ_OK;
}

/* ---- in order ---- */

static jz_status load_consents(jz_gate_case *c, jz_err *err)
{
    for (size_t i = 0; i < c->q->subjects; i++) {
        jz_consent_row *r = &c->consent[i];
        r->row = 0;
        if (c->q->subject[i].consent[0] == '\0')
            continue;
        const jz_status st = jz_consent_load(c->g, c->q->subject[i].consent, r, err);
        if (st != JZ_OK && st != JZ_E_NOTFOUND)
            return st;
        /* Another provider's consent is none here, and the answer must not tell that it exists. */
        if (st == JZ_E_NOTFOUND || strcmp(r->provider, c->provider) != 0)
            r->row = 0;
    }
    return JZ_OK;
}

jz_status jz_gate_judge(jz_gate_case *c, jz_err *err)
{
    static jz_status (*const checks[])(jz_gate_case * c, jz_err * err) = {
        check_requester, check_filing, check_hard,   check_consent,
        check_quota,     check_labels, check_review, check_rules,
    };
    JZ_TRY(load_consents(c, err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(checks) && c->decision == 0; i++)
        JZ_TRY(checks[i](c, err));
    if (c->decision == 0)
        c->decision = JZ_GATE_PERMIT;
    return JZ_OK;
}
