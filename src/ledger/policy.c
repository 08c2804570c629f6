/* SPDX-License-Identifier: Apache-2.0 */
/* c2sp.org/tlog-policy. A line speaks of names that earlier lines have defined only, so that one
 * pass over the definitions, in their order, tells which of them a set of witnesses satisfies. */
#include "base/alloc.h"
#include "ledger/checkpoint.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <string.h>

#define LOGS 64
#define PARTIES 128 /* witnesses and groups */
#define POLICY_MAX ((size_t)1 << 20)

typedef struct party { /* a witness, or a group of earlier parties */
    char name[JZ_ORIGIN_MAX + 1];
    bool group;
    bool member;               /* of a later group: it can be of one only */
    unsigned wanted;           /* of a group: how many of its members must have signed */
    uint64_t of[PARTIES / 64]; /* of a group: its members, a bit each */
    size_t witness;            /* of a witness: its key */
} party;

struct jz_policy {
    jz_vkey log[LOGS];
    size_t logs;
    jz_vkey witness[PARTIES];
    char url[PARTIES][JZ_POLICY_URL_MAX + 1]; /* of the witnesses; "" where none is given */
    size_t witnesses;
    party party[PARTIES];
    size_t parties;
    bool decided;  /* there was a quorum line */
    size_t quorum; /* the party that it names; PARTIES for none */
};

void jz_policy_free(jz_policy *policy)
{
    jz_free(policy);
}

/* ---- parsing ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; of no length at its end. */
static jz_bytes take_word(jz_bytes *line)
{
    size_t from = 0;
    while (from < line->len && is_blank(line->ptr[from]))
        from++;
    size_t to = from;
    while (to < line->len && !is_blank(line->ptr[to]))
        to++;
    const jz_bytes word = { line->ptr + from, to - from };
    *line = (jz_bytes){ line->ptr + to, line->len - to };
    return word;
}

static size_t find_party(const jz_policy *p, jz_bytes name)
{
    size_t i = 0;
    while (i < p->parties && !jz_line_is(name, p->party[i].name))
        i++;
    return i;
}

static jz_status read_key(jz_bytes word, jz_key_type type, const jz_vkey *known, size_t n,
                          jz_vkey *out, jz_err *err)
{
    JZ_TRY(jz_vkey_parse((const char *)word.ptr, word.len, out, err));
    if (out->type != type)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "key %s is of type 0x%02x, and 0x%02x is wanted",
                       out->name, (unsigned)out->type, (unsigned)type);
    for (size_t i = 0; i < n; i++)
        if (memcmp(known[i].key, out->key, sizeof out->key) == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "the key of %s is that of %s", out->name,
                           known[i].name);
    return JZ_OK;
}

static jz_status new_party(jz_policy *p, jz_bytes name, jz_err *err)
{
    party *to = &p->party[p->parties];
    if (p->parties == PARTIES)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d witnesses and groups", PARTIES);
    if (name.len == 0 || jz_line_is(name, "none") || find_party(p, name) < p->parties)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the name '%.*s' is none, or taken", (int)name.len,
                       (const char *)name.ptr);
    memset(to, 0, sizeof *to);
    if (!jz_line_copy(name, to->name, sizeof to->name))
        return JZ_FAIL(err, JZ_E_LIMIT, "a name of more than %d bytes", JZ_ORIGIN_MAX);
    return JZ_OK;
}

static jz_status end_of_line(jz_bytes line, jz_err *err)
{
    if (take_word(&line).len > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "too many words");
    return JZ_OK;
}

static jz_status read_log(jz_policy *p, jz_bytes line, jz_err *err)
{
    if (p->logs == LOGS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d logs", LOGS);
    JZ_TRY(read_key(take_word(&line), JZ_KEY_ED25519, p->log, p->logs, &p->log[p->logs], err));
    (void)take_word(&line); /* its URL: nothing is read from there */
    JZ_TRY(end_of_line(line, err));
    p->logs++;
    return JZ_OK;
}

static jz_status read_witness(jz_policy *p, jz_bytes line, jz_err *err)
{
    JZ_TRY(new_party(p, take_word(&line), err));
    JZ_TRY(read_key(take_word(&line), JZ_KEY_COSIGNATURE, p->witness, p->witnesses,
                    &p->witness[p->witnesses], err));
    if (!jz_line_copy(take_word(&line), p->url[p->witnesses], sizeof p->url[0]))
        return JZ_FAIL(err, JZ_E_LIMIT, "a URL of more than %d bytes", JZ_POLICY_URL_MAX);
    JZ_TRY(end_of_line(line, err));
    p->party[p->parties++].witness = p->witnesses++;
    return JZ_OK;
}

static jz_status add_member(jz_policy *p, party *group, jz_bytes name, jz_err *err)
{
    const size_t at = find_party(p, name);
    if (at == p->parties)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no line before defines '%.*s'", (int)name.len,
                       (const char *)name.ptr);
    if (p->party[at].member)
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%s' is in a group already", p->party[at].name);
    p->party[at].member = true;
    group->of[at / 64] |= (uint64_t)1 << at % 64;
    return JZ_OK;
}

static jz_status read_group(jz_policy *p, jz_bytes line, jz_err *err)
{
    uint64_t wanted = 0;
    unsigned members = 0;
    JZ_TRY(new_party(p, take_word(&line), err));
    party *group = &p->party[p->parties];
    const jz_bytes rule = take_word(&line);
    for (jz_bytes name; (name = take_word(&line)).len > 0; members++)
        JZ_TRY(add_member(p, group, name, err));
    if (jz_line_is(rule, "any"))
        wanted = 1;
    else if (jz_line_is(rule, "all"))
        wanted = members;
    else if (!jz_decimal_read(rule, &wanted))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a group wants all, any or a number of its members");
    if (members == 0 || wanted == 0 || wanted > members)
        return JZ_FAIL(err, JZ_E_CORRUPT, "group %s wants %" PRIu64 " of %u members", group->name,
                       wanted, members);
    group->group = true;
    group->wanted = (unsigned)wanted;
    p->parties++;
    return JZ_OK;
}

static jz_status read_quorum(jz_policy *p, jz_bytes line, jz_err *err)
{
    const jz_bytes name = take_word(&line);
    const size_t at = find_party(p, name);
    if (p->decided)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a second quorum");
    if (at == p->parties && !jz_line_is(name, "none"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "no line before defines the quorum '%.*s'", (int)name.len,
                       (const char *)name.ptr);
    p->quorum = at < p->parties ? at : PARTIES;
    p->decided = true;
    return end_of_line(line, err);
}

static const struct {
    const char *word;
    jz_status (*read)(jz_policy *p, jz_bytes line, jz_err *err);
} lines[] = {
    { "log", read_log },
    { "witness", read_witness },
    { "group", read_group },
    { "quorum", read_quorum },
};

static jz_status read_line(jz_policy *p, jz_bytes line, jz_err *err)
{
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] < 0x20 && line.ptr[i] != '\t') || line.ptr[i] == 0x7f)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a control character");
    const jz_bytes word = take_word(&line);
    if (word.len == 0 || word.ptr[0] == '#')
        return JZ_OK;
    for (size_t i = 0; i < JZ_ARRAY_LEN(lines); i++)
        if (jz_line_is(word, lines[i].word))
            return lines[i].read(p, line, err);
    return JZ_FAIL(err, JZ_E_CORRUPT, "'%.*s' is none of log, witness, group, quorum",
                   (int)word.len, (const char *)word.ptr);
}

static jz_status read_lines(jz_policy *p, jz_bytes text, jz_err *err)
{
    if (text.len > POLICY_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a policy of more than %zu bytes", POLICY_MAX);
    for (unsigned n = 1; text.len > 0; n++) {
        jz_bytes line;
        if (!jz_line_take(&text, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "policy, line %u: it does not end", n);
        JZ_TRY_CTX(read_line(p, line, err), err, "policy, line %u", n);
    }
    if (!p->decided)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a policy without a quorum line");
    return JZ_OK;
}

jz_status jz_policy_parse(jz_bytes text, jz_policy **out, jz_err *err)
{
    jz_auto(jz_policy) *p = jz_alloc_zero(1, sizeof *p);
    if (p == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a policy");
    JZ_TRY(read_lines(p, text, err));
    *out = JZ_TAKE(p);
    return JZ_OK;
}

bool jz_policy_witness(const jz_policy *policy, size_t i, const jz_vkey **key, const char **url)
{
    if (i >= policy->witnesses)
        return false;
    *key = &policy->witness[i];
    *url = policy->url[i];
    return true;
}

/* ---- checking ---- */

static unsigned count_bits(const uint64_t *a, const uint64_t *b)
{
    unsigned n = 0;
    for (size_t i = 0; i < PARTIES / 64; i++)
        n += (unsigned)__builtin_popcountll(a[i] & b[i]);
    return n;
}

static bool reaches_quorum(const jz_policy *p, const jz_note_seal *seals)
{
    uint64_t met[PARTIES / 64] = { 0 };
    if (p->quorum == PARTIES)
        return true;
    for (size_t i = 0; i <= p->quorum; i++) {
        const party *one = &p->party[i];
        const bool yes =
            one->group ? count_bits(one->of, met) >= one->wanted : seals[one->witness].valid;
        met[i / 64] |= (uint64_t)yes << i % 64;
    }
    return (met[p->quorum / 64] >> p->quorum % 64 & 1) != 0;
}

/* The log whose name is the origin must have signed. */
static jz_status check_log(const jz_policy *p, const jz_note *note, const char *origin, jz_err *err)
{
    jz_note_seal seals[LOGS];
    JZ_TRY(jz_note_verify_any(note, p->log, p->logs, seals, err));
    for (size_t i = 0; i < p->logs; i++)
        if (seals[i].valid && strcmp(p->log[i].name, origin) == 0)
            return JZ_OK;
    return JZ_FAIL(err, JZ_E_MISMATCH,
                   "a checkpoint of %s, which none of %zu trusted logs of that "
                   "name has signed",
                   origin, p->logs);
}

jz_status jz_policy_check(const jz_policy *policy, jz_bytes note, jz_trust *out, jz_err *err)
{
    jz_note n;
    jz_trust trust = { 0 };
    jz_note_seal seals[PARTIES];
    JZ_TRY(jz_note_parse(note, &n, err));
    JZ_TRY(jz_checkpoint_parse(n.text, &trust.checkpoint, NULL, err));
    JZ_TRY(check_log(policy, &n, trust.checkpoint.origin, err));
    JZ_TRY(jz_note_verify_any(&n, policy->witness, policy->witnesses, seals, err));
    for (size_t i = 0; i < policy->witnesses; i++) {
        if (!seals[i].valid)
            continue;
        if (trust.witnesses++ == 0 || seals[i].time < trust.first_witnessed)
            trust.first_witnessed = seals[i].time;
    }
    if (!reaches_quorum(policy, seals))
        return JZ_FAIL(err, JZ_E_MISMATCH, "%u witnesses have signed it, which is not the quorum",
                       trust.witnesses);
    *out = trust;
    return JZ_OK;
}
