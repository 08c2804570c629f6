/* SPDX-License-Identifier: Apache-2.0 */
/* store_steps FILE N: takes the tables of a test module in FILE to version N, checks that they are
 * what that version has, and prints the version; with N 0, the version that is there. For the
 * script tests/evidence/cuts. */
#include "store/store.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Rows are moved, a table is made anew, an index is built: what migrations do. */
static const char *const steps[] = {
    "CREATE TABLE t (id $id, name TEXT NOT NULL) $strict;"
    "INSERT INTO t (name) VALUES ('a'), ('b'), ('c');",
    "CREATE TABLE u (id $id, name TEXT NOT NULL UNIQUE, n $int NOT NULL) $strict;"
    "INSERT INTO u (name, n) SELECT name, id * 2 FROM t;",
    "DROP TABLE t; CREATE INDEX u_n ON u (n); INSERT INTO u (name, n) VALUES ('d', 8);",
    "ALTER TABLE u ADD COLUMN data $blob; UPDATE u SET n = n + 1;",
};

/* What SUM() of the numbers and the count of rows are at each version. */
static const struct {
    const char *sql;
    int64_t value;
} facts[] = {
    { "SELECT COUNT(*) * 100 + SUM(id) FROM t", 306 },
    { "SELECT COUNT(*) * 100 + SUM(n) FROM u", 312 },
    { "SELECT COUNT(*) * 100 + SUM(n) FROM u", 420 },
    { "SELECT COUNT(*) * 100 + SUM(n) FROM u WHERE data IS NULL", 424 },
};

static jz_status query(jz_store *s, const char *sql, int64_t *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(s, sql, &st, err));
    JZ_TRY(jz_stmt_step(st, &row, err));
    *out = row ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}

/* What is there: 0 where no step was done. */
static int64_t version(jz_store *s)
{
    int64_t v = 0;
    if (query(s, "SELECT version FROM migration WHERE module = 'steps'", &v, NULL) != JZ_OK)
        return 0; /* no table yet */
    return v;
}

static jz_status work(const char *path, size_t n, jz_err *err)
{
    jz_auto(jz_store) *s = NULL;
    JZ_TRY(jz_store_open(path, NULL, &s, err));
    if (n > 0)
        JZ_TRY(jz_store_migrate(s, "steps", steps, n, err));
    const int64_t v = version(s);
    if (v < 0 || v > (int64_t)JZ_ARRAY_LEN(steps))
        return JZ_FAIL(err, JZ_E_CORRUPT, "version %" PRId64, v);
    if (v > 0) {
        int64_t value = 0;
        JZ_TRY(query(s, facts[v - 1].sql, &value, err));
        if (value != facts[v - 1].value)
            return JZ_FAIL(err, JZ_E_CORRUPT, "at version %" PRId64 " the tables hold %" PRId64, v,
                           value);
    }
    JZ_TRY(jz_store_check(s, err));
    printf("%" PRId64 "\n", v);
    return fflush(stdout) == 0 ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "stdout");
}

int main(int argc, char **argv)
{
    char text[1000];
    jz_err err = { 0 };
    const int n = argc == 3 && strlen(argv[2]) == 1 ? argv[2][0] - '0' : -1;
    if (n < 0 || n > (int)JZ_ARRAY_LEN(steps))
        return 2;
    if (work(argv[1], (size_t)n, &err) == JZ_OK)
        return 0;
    (void)fprintf(stderr, "%s\n", jz_err_text(&err, text, sizeof text));
    return 1;
}
