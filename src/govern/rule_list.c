/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that stand in files of their own. They are part of the set: its hash is over them too. */
#include "govern/rule_set.h"

#include "base/alloc.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

static void fold(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + ('a' - 'A'));
}

static jz_status add_word(jz_rule_list *l, jz_bytes word, unsigned line, jz_err *err)
{
    if (word.len >= JZ_GOVERN_NAME_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s:%u: a word of %zu bytes, the limit is %d", l->path,
                       line, word.len, JZ_GOVERN_NAME_MAX - 1);
    if (l->n == JZ_RULE_WORDS)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s:%u: more than %d words", l->path, line, JZ_RULE_WORDS);
    void *grown = jz_grow(l->word, l->n, &l->size, sizeof *l->word);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    l->word = grown;
    l->word[l->n++] = word;
    return JZ_OK;
}

/* The words of l->text. */
static jz_status split(jz_rule_list *l, jz_err *err)
{
    const char *at = l->text, *end = l->text + l->len;
    for (unsigned line = 1; at < end; line++) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        const char *stop = lf != NULL ? lf : end;
        size_t len = (size_t)(stop - at);
        if (len > 0 && at[len - 1] == '\r')
            len--;
        if (len > 0 && at[0] != '#')
            JZ_TRY(add_word(l, (jz_bytes){ (const uint8_t *)at, len }, line, err));
        at = stop + 1;
    }
    return JZ_OK;
}

static jz_status fill(jz_rule_list *l, const jz_rules_file *file, jz_err *err)
{
    const jz_bytes t = file->text;
    if (t.len > JZ_RULES_SOURCE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: %zu bytes, the limit is %zu", l->path, t.len,
                       JZ_RULES_SOURCE_MAX);
    if (!jz_utf8_valid((const char *)t.ptr, t.len) ||
        (t.len > 0 && memchr(t.ptr, '\0', t.len) != NULL))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: expected UTF-8 text, one word a line", l->path);
    jz_sha256(t.ptr, t.len, l->sha256);
    l->body = jz_strndup((const char *)t.ptr, t.len);
    l->text = jz_strndup((const char *)t.ptr, t.len);
    if (l->body == NULL || l->text == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    l->len = t.len;
    fold(l->text, l->len);
    return split(l, err);
}

static jz_status make_room(jz_rule_parser *p, jz_err *err)
{
    jz_rules *r = p->r;
    if (r->lists == JZ_RULES_LISTS)
        return jz_rule_wrong(&p->lex, &p->lex.token, err, "expected at most %d lists",
                             JZ_RULES_LISTS);
    void *grown = jz_grow(r->list, r->lists, &r->lists_size, sizeof *r->list);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->list = grown;
    return JZ_OK;
}

jz_status jz_rule_parse_list(jz_rule_parser *p, jz_err *err)
{
    const char *name = NULL;
    JZ_TRY(make_room(p, err));
    jz_rule_list *l = &p->r->list[p->r->lists];
    *l = (jz_rule_list){ .line = p->lex.token.line, .column = p->lex.token.column };
    JZ_TRY(jz_rule_new_name(p, &name, err)); /* before the list counts as one that has a name */
    l->name = name;
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "=", err));
    const jz_rule_token t = p->lex.token;
    if (t.kind != JZ_TOKEN_PATH)
        return jz_rule_expected(&p->lex, "'@' and the path of a list", err);
    l->path = jz_strndup((const char *)t.text.ptr, t.text.len);
    if (l->path == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    p->r->lists++; /* from here on the set frees it */
    JZ_TRY(jz_rule_next(&p->lex, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err));
    for (size_t i = 0; i < p->files; i++)
        if (strcmp(p->file[i].path, l->path) == 0) {
            JZ_TRY_CTX(fill(l, &p->file[i], err), err, "%s:%u:%u", p->lex.file, t.line, t.column);
            return JZ_OK;
        }
    return JZ_FAIL(err, JZ_E_NOTFOUND, "%s:%u:%u: there is no list '%s'", p->lex.file, t.line,
                   t.column, l->path);
}
