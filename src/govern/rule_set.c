/* SPDX-License-Identifier: Apache-2.0 */
/* A rule set as a whole: its hash, its file, its end. */
#include "govern/rule_set.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <jz/hash.h>

#include <string.h>

/* ---- types ---- */

const char *jz_rule_type_name(jz_rule_type t)
{
    static const char *const names[] = {
        [JZ_RULE_BOOL] = "bool", [JZ_RULE_INT] = "int",   [JZ_RULE_TEXTUAL] = "str",
        [JZ_RULE_TIME] = "time", [JZ_RULE_SPAN] = "span", [JZ_RULE_LIST] = "list<str>",
    };
    return names[t];
}

bool jz_rule_arithmetic(jz_rule_opcode op, jz_rule_type a, jz_rule_type b, jz_rule_type *out)
{
    static const struct {
        jz_rule_opcode op;
        jz_rule_type a, b, out;
    } rows[] = {
        { JZ_OP_ADD, JZ_RULE_INT, JZ_RULE_INT, JZ_RULE_INT },
        { JZ_OP_ADD, JZ_RULE_TIME, JZ_RULE_SPAN, JZ_RULE_TIME },
        { JZ_OP_ADD, JZ_RULE_SPAN, JZ_RULE_SPAN, JZ_RULE_SPAN },
        { JZ_OP_SUB, JZ_RULE_INT, JZ_RULE_INT, JZ_RULE_INT },
        { JZ_OP_SUB, JZ_RULE_TIME, JZ_RULE_SPAN, JZ_RULE_TIME },
        { JZ_OP_SUB, JZ_RULE_TIME, JZ_RULE_TIME, JZ_RULE_SPAN },
        { JZ_OP_SUB, JZ_RULE_SPAN, JZ_RULE_SPAN, JZ_RULE_SPAN },
        { JZ_OP_MUL, JZ_RULE_INT, JZ_RULE_INT, JZ_RULE_INT },
        { JZ_OP_MUL, JZ_RULE_SPAN, JZ_RULE_INT, JZ_RULE_SPAN },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (rows[i].op == op && rows[i].a == a && rows[i].b == b) {
            *out = rows[i].out;
            return true;
        }
    return false;
}

/* ---- the set ---- */

/* The names of the lists, and which is which, are in the source. */
void jz_rules_hash(jz_rules *r)
{
    enum { LINE = 2 * JZ_SHA256_SIZE + 1 };
    char all[(1 + JZ_RULES_LISTS) * LINE];
    uint8_t source[JZ_SHA256_SIZE];
    jz_sha256(r->source, r->source_len, source);
    for (size_t i = 0; i <= r->lists; i++) {
        char *line = all + i * LINE;
        jz_hex_encode(i == 0 ? source : r->list[i - 1].sha256, JZ_SHA256_SIZE, line);
        line[LINE - 1] = '\n';
    }
    jz_sha256(all, (r->lists + 1) * LINE, r->sha256);
}

void jz_rules_free(jz_rules *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->lists; i++) {
        jz_free(r->list[i].path);
        jz_free(r->list[i].body);
        jz_free(r->list[i].text);
        jz_free(r->list[i].word);
    }
    for (size_t i = 0; i < r->texts; i++)
        jz_free(r->text[i]);
    for (size_t i = 0; i < r->lists_of_words; i++)
        jz_free(r->words[i].word);
    jz_free(r->list);
    jz_free(r->let);
    jz_free(r->rule);
    jz_free(r->effect);
    jz_free(r->op);
    jz_free(r->constant);
    jz_free(r->text);
    jz_free(r->words);
    jz_free(r->source);
    jz_free(r);
}

void jz_rules_info_of(const jz_rules *r, jz_rules_info *out)
{
    *out = (jz_rules_info){ .name = r->name,
                            .rules = r->rules,
                            .lists = r->lists,
                            .cost = r->cost,
                            .warnings = r->warnings };
    jz_hex_encode(r->sha256, sizeof r->sha256, out->sha256);
}

const char *jz_rules_warning(const jz_rules *r, size_t i)
{
    return i < r->warnings ? r->warning[i] : NULL;
}

/* ---- from files ---- */

typedef struct loader {
    jz_buf source;
    jz_buf text[JZ_RULES_LISTS];
    char *path[JZ_RULES_LISTS];
    jz_rules_file file[JZ_RULES_LISTS];
    size_t n;
} loader;

static void loader_done(loader *l)
{
    jz_buf_done(&l->source);
    for (size_t i = 0; i < l->n; i++) {
        jz_buf_done(&l->text[i]);
        jz_free(l->path[i]);
    }
    jz_free(l);
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)(b->ptr != NULL ? b->ptr : ""), b->len };
}

/* Reads the list behind a path, once. A missing one is left to the compiler, which knows its place.
 */
static jz_status load_list(loader *l, const char *folder, jz_bytes path, jz_err *err)
{
    jz_auto(char) *name = jz_strndup((const char *)path.ptr, path.len);
    jz_auto(char) *full = NULL;
    if (name == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->path[i], name) == 0)
            return JZ_OK;
    if (l->n == JZ_RULES_LISTS)
        return JZ_OK; /* as above */
    JZ_TRY(jz_path_join(folder, name, &full, err));
    const jz_status st = jz_file_read(full, JZ_RULES_SOURCE_MAX, &l->text[l->n], err);
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY(st);
    l->path[l->n] = JZ_TAKE(name);
    l->file[l->n] = (jz_rules_file){ l->path[l->n], bytes_of(&l->text[l->n]) };
    l->n++;
    return JZ_OK;
}

static jz_status load_lists(loader *l, const char *path, jz_err *err)
{
    jz_rule_lexer lex;
    jz_auto(char) *folder = jz_path_folder(path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_rule_lex(&lex, path, bytes_of(&l->source), err);
    while (st == JZ_OK && lex.token.kind != JZ_TOKEN_END) {
        if (lex.token.kind == JZ_TOKEN_PATH)
            JZ_TRY(load_list(l, folder, lex.token.text, err));
        st = jz_rule_next(&lex, err);
    }
    return JZ_OK; /* what is no token is told by the compiler, whose message may come earlier */
}

static jz_status load(loader *l, const char *path, jz_rules **out, jz_err *err)
{
    JZ_TRY(jz_file_read(path, JZ_RULES_SOURCE_MAX, &l->source, err));
    JZ_TRY(load_lists(l, path, err));
    return jz_rules_compile(path, bytes_of(&l->source), l->file, l->n, out, err);
}

jz_status jz_rules_load(const char *path, jz_rules **out, jz_err *err)
{
    loader *l = jz_alloc_zero(1, sizeof *l);
    if (l == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = load(l, path, out, err);
    loader_done(l);
    return st;
}
