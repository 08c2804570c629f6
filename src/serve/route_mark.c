/* SPDX-License-Identifier: Apache-2.0 */
/* Invisible marks that were recorded. */
#include "serve/routes.h"

#include "govern/marks.h"

jz_status jz_route_mark(jz_api_call *c, jz_err *err)
{
    return jz_mark_json(c->api->g, c->param[0], &c->reply->body, err);
}
