/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: its signed checkpoint, and proofs of leaves. Both say nothing of anybody. */
#include "serve/routes.h"

#include <string.h>

static jz_status give(jz_api_call *c, char *text)
{
    c->reply->type = "text/plain; charset=utf-8";
    jz_buf_puts(&c->reply->body, text);
    jz_ledger_free(text);
    return JZ_OK;
}

jz_status jz_route_checkpoint(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    if (c->api->opts.checkpoint == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no ledger here");
    JZ_TRY(c->api->opts.checkpoint(c->api->opts.user, &text, err));
    return give(c, text);
}

typedef jz_status of_leaf(void *user, uint64_t index, char **out, jz_err *err);

static jz_status ask(jz_api_call *c, of_leaf *fn, char **text, jz_err *err)
{
    uint64_t index = 0;
    const size_t len = strlen(c->param[0]);
    if (fn == NULL || len == 0 || len > 18 || strspn(c->param[0], "0123456789") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no leaf '%s'", c->param[0]);
    for (size_t i = 0; i < len; i++)
        index = index * 10 + (uint64_t)(c->param[0][i] - '0');
    return fn(c->api->opts.user, index, text, err);
}

jz_status jz_route_proof(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    JZ_TRY(ask(c, c->api->opts.prove, &text, err));
    return give(c, text);
}

jz_status jz_route_leaf(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    JZ_TRY(ask(c, c->api->opts.leaf, &text, err));
    jz_buf_puts(&c->reply->body, text);
    jz_ledger_free(text);
    return JZ_OK;
}
