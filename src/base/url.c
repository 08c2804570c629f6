/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_MAX 254

typedef struct range { /* of addresses, by their first bits */
    uint8_t address[16];
    unsigned bits;
} range;

/* Of IPv4, as ::ffff:a.b.c.d (IANA's registry of special-purpose addresses), and what is no
 * unicast. */
#define V4(a, b, c, bits)                                                                          \
    {                                                                                              \
        { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0 }, 96 + (bits)                      \
    }
static const range v4_special[] = {
    V4(0, 0, 0, 8),      V4(10, 0, 0, 8),     V4(100, 64, 0, 10), V4(127, 0, 0, 8),
    V4(169, 254, 0, 16), V4(172, 16, 0, 12),  V4(192, 0, 0, 24),  V4(192, 0, 2, 24),
    V4(192, 88, 99, 24), V4(192, 168, 0, 16), V4(198, 18, 0, 15), V4(198, 51, 100, 24),
    V4(203, 0, 113, 24), V4(224, 0, 0, 4),    V4(240, 0, 0, 4),
};
/* Of IPv6 only 2000::/3 is public, without tunnels (Teredo, 6to4), ORCHID and examples. */
static const range v6_public = { { 0x20 }, 3 };
static const range v6_special[] = {
    { { 0x20, 0x01, 0x00, 0x00 }, 23 },
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
    { { 0x20, 0x02 }, 16 },
    { { 0x3f, 0xff, 0x00 }, 20 },
};
static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool is_in(const uint8_t address[16], const range *r)
{
    const unsigned whole = r->bits / 8;
    const unsigned rest = r->bits % 8;
    if (memcmp(address, r->address, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ r->address[whole]) >> (8 - rest) == 0;
}

static bool is_public(const uint8_t address[16])
{
    const bool v4 = memcmp(address, v4_prefix, sizeof v4_prefix) == 0;
    const range *special = v4 ? v4_special : v6_special;
    const size_t n = v4 ? JZ_ARRAY_LEN(v4_special) : JZ_ARRAY_LEN(v6_special);
    if (!v4 && !is_in(address, &v6_public))
        return false;
    for (size_t i = 0; i < n; i++)
        if (is_in(address, &special[i]))
            return false;
    return true;
}

/* ---- URLs ---- */

typedef struct place {
    char host[HOST_MAX];
    char port[6];
    bool v6; /* the host is an address of IPv6, without its brackets */
} place;

static jz_status bad(const char *url, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no plain http or https URL", url);
}

static bool take_port(const char *text, size_t len, place *p)
{
    if (len == 0 || len >= sizeof p->port || strspn(text, "0123456789") < len)
        return false;
    memcpy(p->port, text, len);
    p->port[len] = '\0';
    return true;
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT: no user, nothing encoded. */
static bool split_authority(const char *text, size_t len, place *p)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    static const char v6[] = "0123456789abcdefABCDEF:.";
    p->v6 = len > 0 && text[0] == '[';
    const size_t from = p->v6 ? 1 : 0;
    const size_t host = strspn(text + from, p->v6 ? v6 : name);
    size_t end = from + host;
    if (host == 0 || host >= sizeof p->host || end > len)
        return false;
    memcpy(p->host, text + from, host);
    p->host[host] = '\0';
    if (p->v6 && text[end++] != ']')
        return false;
    if (end == len)
        return true;
    return text[end] == ':' && take_port(text + end + 1, len - end - 1, p);
}

/* "127.1", "0x7f000001" and "2130706433" are addresses to some programs: only four numbers are. */
static bool is_odd_number(const char *host)
{
    struct in_addr a;
    const char *dot = strrchr(host, '.');
    const char *last = dot != NULL ? dot + 1 : host;
    if (last[0] < '0' || last[0] > '9')
        return false;
    return inet_pton(AF_INET, host, &a) != 1;
}

static jz_status parse(const char *url, bool inside, place *p, jz_err *err)
{
    const bool https = strncmp(url, "https://", 8) == 0;
    const char *rest = url + (https ? 8 : 7);
    if (strlen(url) >= JZ_URL_MAX || (!https && strncmp(url, "http://", 7) != 0))
        return bad(url, err);
    for (const char *c = url; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~' || *c == '\\' || *c == '"' || *c == '{' || *c == '}')
            return bad(url, err);
    (void)snprintf(p->port, sizeof p->port, "%s", https ? "443" : "80");
    if (!split_authority(rest, strcspn(rest, "/?#"), p) || (!p->v6 && is_odd_number(p->host)))
        return bad(url, err);
    if (!https && !inside)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is not https", url);
    return JZ_OK;
}

static bool bytes_of(const struct addrinfo *a, uint8_t out[16])
{
    if (a->ai_family == AF_INET6) {
        struct sockaddr_in6 s;
        memcpy(&s, a->ai_addr, sizeof s);
        memcpy(out, &s.sin6_addr, 16);
        return true;
    }
    if (a->ai_family != AF_INET)
        return false;
    struct sockaddr_in s;
    memcpy(&s, a->ai_addr, sizeof s);
    memcpy(out, v4_prefix, sizeof v4_prefix);
    memcpy(out + 12, &s.sin_addr, 4);
    return true;
}

static jz_status check_all(const struct addrinfo *list, const place *p, bool inside, jz_err *err)
{
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        uint8_t bytes[16];
        if (!bytes_of(a, bytes) || (!inside && !is_public(bytes)))
            return JZ_FAIL(err, JZ_E_INVAL, "%s is not a place on the public Internet", p->host);
    }
    return JZ_OK;
}

static jz_status pin_first(const struct addrinfo *first, const place *p, char *out, jz_err *err)
{
    char text[INET6_ADDRSTRLEN + 16];
    if (getnameinfo(first->ai_addr, first->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: its address cannot be read", p->host);
    const bool v6 = first->ai_family == AF_INET6;
    (void)snprintf(out, JZ_URL_PIN_MAX, "%s%s%s:%s:%s%s%s", p->v6 ? "[" : "", p->host,
                   p->v6 ? "]" : "", p->port, v6 ? "[" : "", text, v6 ? "]" : "");
    return JZ_OK;
}

jz_status jz_url_pin(const char *url, bool inside, char pin[JZ_URL_PIN_MAX], jz_err *err)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list = NULL;
    place p = { 0 };
    JZ_TRY(parse(url, inside, &p, err));
    const int e = getaddrinfo(p.host, p.port, &hints, &list);
    if (e != 0 || list == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: %s", p.host, gai_strerror(e));
    jz_status st = check_all(list, &p, inside, err);
    if (st == JZ_OK)
        st = pin_first(list, &p, pin, err);
    freeaddrinfo(list);
    return st;
}
