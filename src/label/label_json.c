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
        jz_json_key(j, "where");
        jz_json_str(j, p->where);
        jz_json_key(j, "offset");
        jz_json_u64(j, p->at);
        jz_json_key(j, "bytes");
        jz_json_u64(j, p->size);
        jz_json_key(j, "home");
        jz_json_bool(j, p->home);
        jz_json_key(j, "copies");
        jz_json_u64(j, p->copies);
        jz_json_key(j, "fault");
        jz_json_str(j, p->status != JZ_OK ? p->fault : NULL);
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
        jz_json_key(j, "id");
        jz_json_str(j, l->check[i].id);
        jz_json_key(j, "ok");
        jz_json_bool(j, l->check[i].ok);
        jz_json_key(j, "message");
        jz_json_str(j, l->check[i].message);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_signature(jz_json *j, const char *key, const jz_signature *s)
{
    const bool keyed = s->state >= JZ_SIGNATURE_INVALID;
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_key(j, "state");
    jz_json_str(j, jz_signature_state_name(s->state));
    jz_json_key(j, "twice_hashed");
    jz_json_bool(j, s->twice_hashed);
    jz_json_key(j, "key");
    if (keyed)
        jz_json_hex(j, s->key, sizeof s->key);
    else
        jz_json_null(j);
    jz_json_key(j, "signer");
    jz_json_str(j, s->state == JZ_SIGNATURE_KNOWN ? s->signer : NULL);
    jz_json_key(j, "message");
    jz_json_str(j, s->message);
    jz_json_end_object(j);
}

void jz_label_json(jz_json *j, const jz_label *l)
{
    jz_json_key(j, "found");
    jz_json_bool(j, l->presence == JZ_LABEL_PRESENT);
    jz_json_key(j, "presence");
    jz_json_str(j, jz_presence_name(l->presence));
    jz_json_key(j, "state");
    jz_json_str(j, jz_label_state_name(jz_label_state_of(l->aigc, false, false)));
    jz_json_key(j, "format");
    jz_json_str(j, l->format);
    jz_json_key(j, "carrier");
    jz_json_str(j, jz_label_carrier(l));
    put_fields(j, l->aigc);
    jz_json_key(j, "digital_source_type");
    jz_json_str(j, l->source_type);
    put_places(j, l);
    put_checks(j, l);
    put_signature(j, "signature", &l->signature[0]);
    put_signature(j, "signature_propagator", &l->signature[1]);
}

void jz_label_brief_json(jz_json *j, const jz_label_brief *b)
{
    const bool there = b->presence == JZ_LABEL_PRESENT;
    jz_json_begin_object(j);
    jz_json_key(j, "presence");
    jz_json_str(j, jz_presence_name(b->presence));
    jz_json_key(j, "state");
    jz_json_str(j, jz_label_state_name(b->state));
    jz_json_key(j, "carrier");
    jz_json_str(j, there ? b->carrier : NULL);
    jz_json_key(j, "producer");
    jz_json_str(j, there ? b->producer : NULL);
    jz_json_key(j, "produce_id");
    jz_json_str(j, there ? b->produce_id : NULL);
    jz_json_key(j, "propagator");
    jz_json_str(j, there ? b->propagator : NULL);
    jz_json_key(j, "signature");
    jz_json_str(j, jz_signature_state_name(b->signature));
    jz_json_key(j, "rules_broken");
    jz_json_u64(j, b->rules_broken);
    jz_json_end_object(j);
}
