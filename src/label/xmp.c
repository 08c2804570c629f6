/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the tags of a packet finds every occurrence of a property, as a span of bytes that
 * a new value can take the place of; the rest is copied. Prefixes are bound by the last xmlns
 * attribute before, wherever it stood: packets in the wild close their elements too early. */
#include "label/xmp.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "media/carrier/xml.h"

#include <string.h>

#define RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define PREFIXES 8       /* of the property's namespace; more in one packet are not followed */
#define OCCURRENCES 1024 /* of the property */
#define PADDING 2048     /* bytes: XMP part 1 recommends 2 to 4 KB */

const jz_xmp_name jz_xmp_aigc = { "http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260", "AIGC" };
const jz_xmp_name jz_xmp_source_type = { "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
                                         "Iptc4xmpExt", "DigitalSourceType" };

/* One occurrence: the bytes that go when it is replaced or taken out. */
typedef struct spot {
    size_t at;
    size_t end;
    bool attribute; /* name="value", else <name>...</name> */
    jz_bytes name;  /* with its prefix */
    jz_bytes value; /* as it is written */
    bool declares;  /* the element's own tag binds its prefix */
} spot;

/* Prefixes that the packet binds, or has bound, to the property's namespace. */
typedef struct prefixes {
    jz_bytes name[PREFIXES]; /* without the colon */
    bool bound[PREFIXES];
    size_t n;
} prefixes;

typedef struct search {
    jz_bytes packet;
    const jz_xmp_name *name;
    prefixes known;
    spot *spot;
    size_t n, size;
    jz_xml_tag rdf; /* </rdf:RDF>, or <rdf:RDF/>; name.ptr NULL = none seen */
    jz_bytes about; /* of the first rdf:Description, as it is written */
} search;

static jz_bytes after(jz_bytes b, size_t n)
{
    return (jz_bytes){ b.ptr + n, b.len - n };
}

/* What follows the prefix of a name. */
static jz_bytes local_of(jz_bytes name)
{
    return after(name, jz_xml_prefix_of(name).len);
}

/* Whether a prefix, without its colon, can be written again: quotes and the like cannot. */
static bool is_prefix(jz_bytes p)
{
    for (size_t i = 0; i < p.len; i++) {
        const uint8_t c = p.ptr[i];
        const uint8_t lower = c | 0x20;
        const bool starts = (lower >= 'a' && lower <= 'z') || c == '_' || c >= 0x80;
        const bool follows = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!starts && !(follows && i > 0))
            return false;
    }
    return true;
}

static void bind(search *s, jz_bytes prefix, bool to_ours)
{
    prefixes *k = &s->known;
    if (!is_prefix(prefix))
        return;
    for (size_t i = 0; i < k->n; i++) {
        if (k->name[i].len == prefix.len && memcmp(k->name[i].ptr, prefix.ptr, prefix.len) == 0) {
            k->bound[i] = to_ours;
            return;
        }
    }
    if (k->n < PREFIXES && (to_ours || jz_bytes_are(prefix, s->name->prefix))) {
        k->name[k->n] = prefix;
        k->bound[k->n++] = to_ours;
    }
}

/* The well-known prefix counts where the packet does not bind it at all. */
static bool is_ours(const search *s, jz_bytes name)
{
    jz_bytes prefix = jz_xml_prefix_of(name);
    if (prefix.len == 0 || !jz_bytes_are(local_of(name), s->name->local))
        return false;
    prefix.len--;
    for (size_t i = 0; i < s->known.n; i++) {
        if (s->known.name[i].len == prefix.len &&
            memcmp(s->known.name[i].ptr, prefix.ptr, prefix.len) == 0)
            return s->known.bound[i];
    }
    return jz_bytes_are(prefix, s->name->prefix);
}

/* Gives whether one of a tag's attributes binds the tag's own prefix. */
static bool bind_all(search *s, const jz_xml_tag *tag)
{
    jz_xml_attr a;
    bool own = false;
    jz_bytes prefix = jz_xml_prefix_of(tag->name);
    prefix.len -= prefix.len > 0;
    for (size_t at = 0; jz_xml_next_attribute(tag->attributes, &at, &a);) {
        if (a.name.len <= 6 || memcmp(a.name.ptr, "xmlns:", 6) != 0)
            continue;
        const jz_bytes bound = after(a.name, 6);
        bind(s, bound, jz_bytes_are(a.value, s->name->ns));
        own = own || (bound.len == prefix.len && memcmp(bound.ptr, prefix.ptr, prefix.len) == 0);
    }
    return own;
}

static size_t offset_of(const search *s, const uint8_t *p)
{
    return (size_t)(p - s->packet.ptr);
}

static jz_status add(search *s, const spot *found, jz_err *err)
{
    if (s->n == OCCURRENCES)
        return JZ_FAIL(err, JZ_E_LIMIT, "XMP: a property more than %d times", OCCURRENCES);
    spot *grown = jz_grow(s->spot, s->n, &s->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    s->spot = grown;
    grown[s->n++] = *found;
    return JZ_OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Attributes of any other element: XMP writes simple properties on rdf:Description so. The blank
 * before one goes with it. */
static jz_status take_attributes(search *s, const jz_xml_tag *tag, jz_err *err)
{
    jz_xml_attr a;
    for (size_t at = 0; jz_xml_next_attribute(tag->attributes, &at, &a);) {
        if (!is_ours(s, a.name))
            continue;
        size_t begin = offset_of(s, a.name.ptr);
        while (begin > tag->at && is_blank(s->packet.ptr[begin - 1]))
            begin--;
        const spot found = { .at = begin,
                             .end = offset_of(s, a.value.ptr) + a.value.len + 1,
                             .attribute = true,
                             .name = a.name,
                             .value = a.value };
        JZ_TRY(add(s, &found, err));
    }
    return JZ_OK;
}

/* The value of a property written with rdf:resource, or none. */
static jz_bytes resource_of(const jz_xml_tag *tag)
{
    jz_xml_attr a;
    for (size_t at = 0; jz_xml_next_attribute(tag->attributes, &at, &a);) {
        if (jz_bytes_are(local_of(a.name), "resource"))
            return a.value;
    }
    return (jz_bytes){ tag->attributes.ptr, 0 };
}

/* The rest of an element whose first tag was read: up to its last one, which *at is moved behind.
 * Of an array, the first item is the value. */
static jz_status read_element(search *s, const jz_xml_tag *first, size_t *at, spot *out,
                              jz_err *err)
{
    size_t depth = 1;
    size_t item = 0; /* where the first item's text begins; 0 = there is none */
    jz_xml_tag t = *first;
    out->value = (jz_bytes){ s->packet.ptr + first->end, 0 };
    while (depth > 0) {
        bool found;
        JZ_TRY(jz_xml_next_tag(s->packet, at, &t, &found, err));
        if (!found)
            return JZ_FAIL(err, JZ_E_CORRUPT, "XMP: the value at offset %zu does not end",
                           first->at);
        (void)bind_all(s, &t);
        const bool is_item = jz_bytes_are(local_of(t.name), "li");
        if (is_item && item == 0 && !t.closes && !t.empty) {
            item = t.end;
        } else if (is_item && item > 0 && t.closes && out->value.len == 0) {
            out->value = (jz_bytes){ s->packet.ptr + item, t.at - item };
        }
        depth += t.closes ? (size_t)-1 : t.empty ? 0 : 1;
    }
    if (item == 0)
        out->value.len = t.at - first->end;
    out->end = t.end;
    return JZ_OK;
}

static jz_status take_element(search *s, const jz_xml_tag *tag, bool declares, size_t *at,
                              jz_err *err)
{
    spot found = { .at = tag->at, .end = tag->end, .name = tag->name, .declares = declares };
    if (tag->empty)
        found.value = resource_of(tag);
    else
        JZ_TRY(read_element(s, tag, at, &found, err));
    return add(s, &found, err);
}

static void note_rdf(search *s, const jz_xml_tag *tag)
{
    const jz_bytes local = local_of(tag->name);
    jz_xml_attr a;
    jz_bytes prefix = jz_xml_prefix_of(tag->name);
    prefix.len -= prefix.len > 0;
    if (s->rdf.name.ptr == NULL && jz_bytes_are(local, "RDF") && is_prefix(prefix) &&
        (tag->closes || tag->empty))
        s->rdf = *tag;
    if (s->about.ptr != NULL || tag->closes || !jz_bytes_are(local, "Description"))
        return;
    for (size_t at = 0; jz_xml_next_attribute(tag->attributes, &at, &a);) {
        if (jz_bytes_are(local_of(a.name), "about"))
            s->about = a.value;
    }
}

static jz_status check_encoding(jz_bytes p, jz_err *err)
{
    if (p.len >= 2 && (p.ptr[0] == 0 || p.ptr[1] == 0 || (p.ptr[0] == 0xfe && p.ptr[1] == 0xff) ||
                       (p.ptr[0] == 0xff && p.ptr[1] == 0xfe)))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "XMP in UTF-16 or UTF-32");
    return JZ_OK;
}

/* What one tag, at whose end *at stands, has of the property; an element is read to its end. */
static jz_status take_tag(search *s, const jz_xml_tag *tag, size_t *at, jz_err *err)
{
    note_rdf(s, tag);
    if (tag->closes)
        return JZ_OK;
    const bool declares = bind_all(s, tag);
    return is_ours(s, tag->name) ? take_element(s, tag, declares, at, err)
                                 : take_attributes(s, tag, err);
}

static jz_status find_all(search *s, jz_err *err)
{
    bool found = true;
    JZ_TRY(check_encoding(s->packet, err));
    for (size_t at = 0; found;) {
        jz_xml_tag tag;
        JZ_TRY(jz_xml_next_tag(s->packet, &at, &tag, &found, err));
        if (found)
            JZ_TRY(take_tag(s, &tag, &at, err));
    }
    return JZ_OK;
}

static jz_status get(search *s, jz_buf *value, unsigned *count, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status st = find_all(s, &why);
    const bool behind = st == JZ_E_CORRUPT && s->n > 0; /* damage there does not hide the first */
    if (st != JZ_OK && !behind) {
        if (err != NULL)
            *err = why;
        return st;
    }
    if (s->n == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "XMP: no %s:%s", s->name->prefix, s->name->local);
    if (s->spot[0].attribute)
        jz_xml_unescape_attribute(s->spot[0].value, value);
    else
        jz_xml_unescape(s->spot[0].value, value);
    *count = (unsigned)s->n;
    return jz_buf_check(value, err);
}

jz_status jz_xmp_get(jz_bytes packet, const jz_xmp_name *name, jz_buf *value, unsigned *count,
                     jz_err *err)
{
    search s = { .packet = packet, .name = name };
    const jz_status st = get(&s, value, count, err);
    jz_free(s.spot);
    return st;
}

/* ---- writing ---- */

static void put(jz_buf *out, jz_bytes b)
{
    jz_buf_put(out, b.ptr, b.len);
}

static void put_property(const search *s, jz_bytes name, bool declares, const jz_buf *value,
                         jz_buf *out)
{
    const jz_bytes prefix = jz_xml_prefix_of(name);
    jz_buf_putc(out, '<');
    put(out, name);
    if (declares) {
        jz_buf_puts(out, " xmlns:");
        jz_buf_put(out, prefix.ptr, prefix.len - 1);
        jz_buf_printf(out, "=\"%s\"", s->name->ns);
    }
    jz_buf_putc(out, '>');
    jz_buf_put(out, value->ptr, value->len);
    jz_buf_puts(out, "</");
    put(out, name);
    jz_buf_putc(out, '>');
}

static void put_in_place(const search *s, const spot *p, const jz_buf *value, jz_buf *out)
{
    if (!p->attribute) {
        put_property(s, p->name, p->declares, value, out);
        return;
    }
    jz_buf_putc(out, ' ');
    put(out, p->name);
    jz_buf_puts(out, "=\"");
    jz_buf_put(out, value->ptr, value->len);
    jz_buf_putc(out, '"');
}

/* A description of its own: whatever else the packet says of the resource stays as it is. */
static void put_description(const search *s, jz_bytes rdf_name, const jz_buf *value, jz_buf *out)
{
    const jz_bytes prefix = jz_xml_prefix_of(rdf_name);
    JZ_BUF_AUTO name = { 0 };
    jz_buf_printf(&name, "%s:%s", s->name->prefix, s->name->local);
    jz_buf_putc(out, '<');
    put(out, prefix);
    jz_buf_puts(out, "Description ");
    put(out, prefix);
    jz_buf_puts(out, "about=\"");
    if (s->about.ptr != NULL && memchr(s->about.ptr, '"', s->about.len) == NULL)
        put(out, s->about);
    jz_buf_printf(out, "\" xmlns:%s=\"%s\">", s->name->prefix, s->name->ns);
    if (name.fail == JZ_OK)
        put_property(s, (jz_bytes){ (const uint8_t *)name.ptr, name.len }, false, value, out);
    else
        out->fail = name.fail;
    jz_buf_puts(out, "</");
    put(out, prefix);
    jz_buf_puts(out, "Description>");
}

/* <rdf:RDF/> is opened for it. */
static void put_into_rdf(const search *s, const jz_buf *value, jz_buf *out)
{
    const jz_xml_tag *t = &s->rdf;
    if (t->empty) {
        jz_buf_putc(out, '<');
        put(out, t->name);
        put(out, t->attributes);
        jz_buf_putc(out, '>');
    }
    put_description(s, t->name, value, out);
    if (t->empty) {
        jz_buf_puts(out, "</");
        put(out, t->name);
        jz_buf_putc(out, '>');
    }
}

static void put_new_packet(const search *s, const jz_buf *value, jz_buf *out)
{
    static const char rdf[] = "rdf:RDF";
    jz_buf_puts(out, "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                     "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"" RDF "\">");
    put_description(s, (jz_bytes){ (const uint8_t *)rdf, sizeof rdf - 1 }, value, out);
    jz_buf_puts(out, "</rdf:RDF></x:xmpmeta>\n");
    for (unsigned i = 0; i < PADDING; i++)
        jz_buf_putc(out, i % 100 == 99 ? '\n' : ' ');
    jz_buf_puts(out, "<?xpacket end=\"w\"?>");
}

/* The blanks before <?xpacket end are room: they give or take what the packet has grown by since it
 * had size bytes. */
static void settle_padding(jz_buf *packet, size_t start, size_t size)
{
    static const char tail[] = "<?xpacket end";
    const size_t len = packet->len - start;
    const char *p = packet->ptr + start;
    size_t end = len;
    for (size_t back = sizeof tail - 1; back <= len && back < 64; back++) {
        if (memcmp(p + len - back, tail, sizeof tail - 1) == 0)
            end = len - back;
    }
    size_t blank = end;
    while (blank > 0 && is_blank((uint8_t)p[blank - 1]))
        blank--;
    const size_t room = end - blank;
    if (end == len || len <= size || room < len - size + 1)
        return;
    memmove(packet->ptr + start + end - (len - size), packet->ptr + start + end, len - end + 1);
    packet->len = start + size;
}

/* The packet with its occurrences replaced by one, or by none. */
static void put_replaced(const search *s, const jz_buf *value, jz_buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < s->n; i++) {
        jz_buf_put(out, s->packet.ptr + at, s->spot[i].at - at);
        if (i == 0 && value != NULL)
            put_in_place(s, &s->spot[i], value, out);
        at = s->spot[i].end;
    }
    put(out, after(s->packet, at));
}

/* The packet with its first occurrence. */
static void put_inserted(const search *s, const jz_buf *value, jz_buf *out)
{
    jz_buf_put(out, s->packet.ptr, s->rdf.at);
    put_into_rdf(s, value, out);
    put(out, after(s->packet, s->rdf.empty ? s->rdf.end : s->rdf.at));
}

static jz_status set(search *s, const char *text, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    const size_t start = out->len;
    if (text != NULL)
        JZ_TRY(jz_xml_escape(jz_bytes_of_text(text), &value, err));
    if (s->packet.len == 0) {
        if (text != NULL)
            put_new_packet(s, &value, out);
        return jz_buf_check(out, err);
    }
    JZ_TRY(find_all(s, err));
    if (s->n > 0 || text == NULL)
        put_replaced(s, text != NULL ? &value : NULL, out);
    else if (s->rdf.name.ptr != NULL)
        put_inserted(s, &value, out);
    else
        return JZ_FAIL(err, JZ_E_CORRUPT, "XMP: no rdf:RDF to put %s into", s->name->local);
    JZ_TRY(jz_buf_check(out, err));
    settle_padding(out, start, s->packet.len);
    return JZ_OK;
}

jz_status jz_xmp_set(jz_bytes packet, const jz_xmp_name *name, const char *value, jz_buf *out,
                     jz_err *err)
{
    search s = { .packet = packet, .name = name };
    const size_t before = out->len;
    const jz_status st = set(&s, value, out, err);
    jz_free(s.spot);
    if (st != JZ_OK)
        out->len = before;
    return st;
}
