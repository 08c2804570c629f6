/* SPDX-License-Identifier: Apache-2.0 */
#include "label/label_json.h"

#include "label/label_read.h"

static void put_fields(jz_json *j, const jz_aigc *a)
{
    jz_json_key(j, "fields");
    if (a == NULL) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++) {
        jz_json_key(j, jz_aigc_field_name((jz_aigc_field)f));
        jz_json_str(j, a->field[f]);
    }
    jz_json_end_object(j);
}

static void put_places(jz_json *j, const jz_label *l)
{
    jz_json_key(j, "places");
    jz_json_begin_array(j);
    for (size_t i = 0; i < l->n; i++) {
        const jz_label_place *p = &l->place[i];
        jz_json_begin_object(j);
        jz_json_put_str(j, "where", p->where);
        jz_json_put_u64(j, "offset", p->at);
        jz_json_put_u64(j, "bytes", p->size);
        jz_json_put_bool(j, "home", p->home);
        jz_json_put_u64(j, "copies", p->copies);
        jz_json_put_str(j, "fault", p->status != JZ_OK ? p->fault : NULL);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_checks(jz_json *j, const jz_label *l)
{
    jz_json_key(j, "checks");
    jz_json_begin_array(j);
    for (size_t i = 0; i < l->n_checks; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "id", l->check[i].id);
        jz_json_put_bool(j, "ok", l->check[i].ok);
        jz_json_put_str(j, "message", l->check[i].message);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_signature(jz_json *j, const char *key, const jz_signature *s)
{
    const bool keyed = s->state >= JZ_SIGNATURE_INVALID;
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_put_str(j, "state", jz_signature_state_name(s->state));
    jz_json_put_bool(j, "twice_hashed", s->twice_hashed);
    jz_json_key(j, "key");
    if (keyed)
        jz_json_hex(j, s->key, sizeof s->key);
    else
        jz_json_null(j);
    jz_json_put_str(j, "signer", s->state == JZ_SIGNATURE_KNOWN ? s->signer : NULL);
    jz_json_put_str(j, "message", s->message);
    jz_json_end_object(j);
}

void jz_label_json(jz_json *j, const jz_label *l)
{
    jz_json_put_bool(j, "found", l->presence == JZ_LABEL_PRESENT);
    jz_json_put_str(j, "presence", jz_presence_name(l->presence));
    jz_json_put_str(j, "state", jz_label_state_name(jz_label_state_of(l->aigc, false, false)));
    jz_json_put_str(j, "format", l->format);
    jz_json_put_str(j, "carrier", jz_label_carrier(l));
    put_fields(j, l->aigc);
    jz_json_put_str(j, "digital_source_type", l->source_type);
    put_places(j, l);
    put_checks(j, l);
    put_signature(j, "signature", &l->signature[0]);
    put_signature(j, "signature_propagator", &l->signature[1]);
}

void jz_label_brief_json(jz_json *j, const jz_label_brief *b)
{
    const bool there = b->presence == JZ_LABEL_PRESENT;
    jz_json_begin_object(j);
    jz_json_put_str(j, "presence", jz_presence_name(b->presence));
    jz_json_put_str(j, "state", jz_label_state_name(b->state));
    jz_json_put_str(j, "carrier", there ? b->carrier : NULL);
    jz_json_put_str(j, "producer", there ? b->producer : NULL);
    jz_json_put_str(j, "produce_id", there ? b->produce_id : NULL);
    jz_json_put_str(j, "propagator", there ? b->propagator : NULL);
    jz_json_put_str(j, "signature", jz_signature_state_name(b->signature));
    jz_json_put_u64(j, "rules_broken", b->rules_broken);
    jz_json_end_object(j);
}
