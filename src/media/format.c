/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of formats, and the magic bytes that tell them apart. */
#include <jz/media.h>

#include "base/rd.h"

#include <string.h>
#include <strings.h>

typedef enum format_id {
    F_JPEG,
    F_PNG,
    F_APNG,
    F_WEBP,
    F_GIF,
    F_BMP,
    F_TIFF,
    F_HEIC,
    F_AVIF,
    F_JXL,
    F_JP2,
    F_J2K,
    F_PSD,
    F_MP4,
    F_MOV,
    F_3GP,
    F_M4V,
    F_MKV,
    F_WEBM,
    F_AVI,
    F_FLV,
    F_MPEGTS,
    F_MPEGPS,
    F_ASF,
    F_OGV,
    F_MP3,
    F_WAV,
    F_FLAC,
    F_OGG,
    F_M4A,
    F_AAC,
    F_AMR,
    F_AIFF,
    F_ZIP,
    F_RAR,
    F_7Z,
    F_GZIP,
    F_BZIP2,
    F_XZ,
    F_ZSTD,
    F_LZ4,
    F_CAB,
    F_TAR,
    F_PDF,
    F_SVG,
    F_HTML,
    F_OLE2,
    F_DOCX,
    F_XLSX,
    F_PPTX,
    F_ODF,
    F_EPUB,
    F_C2PA,
    F_COUNT,
    F_NONE = F_COUNT,
} format_id;

static const jz_format formats[F_COUNT] = {
    [F_JPEG] = { "jpeg", "image/jpeg", JZ_KIND_IMAGE },
    [F_PNG] = { "png", "image/png", JZ_KIND_IMAGE },
    [F_APNG] = { "apng", "image/apng", JZ_KIND_IMAGE },
    [F_WEBP] = { "webp", "image/webp", JZ_KIND_IMAGE },
    [F_GIF] = { "gif", "image/gif", JZ_KIND_IMAGE },
    [F_BMP] = { "bmp", "image/bmp", JZ_KIND_IMAGE },
    [F_TIFF] = { "tiff", "image/tiff", JZ_KIND_IMAGE },
    [F_HEIC] = { "heic", "image/heic", JZ_KIND_IMAGE },
    [F_AVIF] = { "avif", "image/avif", JZ_KIND_IMAGE },
    [F_JXL] = { "jxl", "image/jxl", JZ_KIND_IMAGE },
    [F_JP2] = { "jp2", "image/jp2", JZ_KIND_IMAGE },
    [F_J2K] = { "j2k", "image/j2c", JZ_KIND_IMAGE },
    [F_PSD] = { "psd", "image/vnd.adobe.photoshop", JZ_KIND_IMAGE },
    [F_MP4] = { "mp4", "video/mp4", JZ_KIND_VIDEO },
    [F_MOV] = { "mov", "video/quicktime", JZ_KIND_VIDEO },
    [F_3GP] = { "3gp", "video/3gpp", JZ_KIND_VIDEO },
    [F_M4V] = { "m4v", "video/x-m4v", JZ_KIND_VIDEO },
    [F_MKV] = { "mkv", "video/matroska", JZ_KIND_VIDEO },
    [F_WEBM] = { "webm", "video/webm", JZ_KIND_VIDEO },
    [F_AVI] = { "avi", "video/x-msvideo", JZ_KIND_VIDEO },
    [F_FLV] = { "flv", "video/x-flv", JZ_KIND_VIDEO },
    [F_MPEGTS] = { "mpegts", "video/mp2t", JZ_KIND_VIDEO },
    [F_MPEGPS] = { "mpegps", "video/mpeg", JZ_KIND_VIDEO },
    [F_ASF] = { "asf", "video/x-ms-asf", JZ_KIND_VIDEO },
    [F_OGV] = { "ogv", "video/ogg", JZ_KIND_VIDEO },
    [F_MP3] = { "mp3", "audio/mpeg", JZ_KIND_AUDIO },
    [F_WAV] = { "wav", "audio/x-wav", JZ_KIND_AUDIO },
    [F_FLAC] = { "flac", "audio/flac", JZ_KIND_AUDIO },
    [F_OGG] = { "ogg", "audio/ogg", JZ_KIND_AUDIO },
    [F_M4A] = { "m4a", "audio/mp4", JZ_KIND_AUDIO },
    [F_AAC] = { "aac", "audio/aac", JZ_KIND_AUDIO },
    [F_AMR] = { "amr", "audio/amr", JZ_KIND_AUDIO },
    [F_AIFF] = { "aiff", "audio/x-aiff", JZ_KIND_AUDIO },
    [F_ZIP] = { "zip", "application/zip", JZ_KIND_ARCHIVE },
    [F_RAR] = { "rar", "application/vnd.rar", JZ_KIND_ARCHIVE },
    [F_7Z] = { "7z", "application/x-7z-compressed", JZ_KIND_ARCHIVE },
    [F_GZIP] = { "gzip", "application/gzip", JZ_KIND_ARCHIVE },
    [F_BZIP2] = { "bzip2", "application/x-bzip2", JZ_KIND_ARCHIVE },
    [F_XZ] = { "xz", "application/x-xz", JZ_KIND_ARCHIVE },
    [F_ZSTD] = { "zstd", "application/zstd", JZ_KIND_ARCHIVE },
    [F_LZ4] = { "lz4", "application/x-lz4", JZ_KIND_ARCHIVE },
    [F_CAB] = { "cab", "application/vnd.ms-cab-compressed", JZ_KIND_ARCHIVE },
    [F_TAR] = { "tar", "application/x-tar", JZ_KIND_ARCHIVE },
    [F_PDF] = { "pdf", "application/pdf", JZ_KIND_DOCUMENT },
    [F_SVG] = { "svg", "image/svg+xml", JZ_KIND_DOCUMENT },
    [F_HTML] = { "html", "text/html", JZ_KIND_DOCUMENT },
    [F_OLE2] = { "ole2", "application/x-ole-storage", JZ_KIND_DOCUMENT },
    [F_DOCX] = { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                 JZ_KIND_DOCUMENT },
    [F_XLSX] = { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                 JZ_KIND_DOCUMENT },
    [F_PPTX] = { "pptx",
                 "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                 JZ_KIND_DOCUMENT },
    [F_ODF] = { "odf", "application/vnd.oasis.opendocument", JZ_KIND_DOCUMENT },
    [F_EPUB] = { "epub", "application/epub+zip", JZ_KIND_DOCUMENT },
    [F_C2PA] = { "c2pa", "application/c2pa", JZ_KIND_SIDECAR },
};

/* One way in which a format may begin: literal bytes at an offset, then, where they leave a
 * question, a function that answers it. */
typedef struct signature {
    format_id id;
    uint16_t at;
    uint8_t len;
    const char *magic;
    format_id (*refine)(jz_bytes head, format_id id); /* F_NONE: not this one after all */
} signature;

static bool has(jz_bytes head, size_t at, const char *what)
{
    const size_t len = strlen(what);
    return at <= head.len && len <= head.len - at && memcmp(head.ptr + at, what, len) == 0;
}

static bool contains(jz_bytes head, const char *what, size_t len)
{
    return memmem(head.ptr, head.len, what, len) != NULL;
}

/* PNG 3rd edition, 11.3.6.1: an acTL chunk before IDAT makes it an animation. Where the head ends
 * before IDAT, dec_png.c looks again. */
static format_id refine_png(jz_bytes head, format_id id)
{
    jz_rd rd = jz_rd_of(head, "PNG");
    jz_bytes type;
    uint32_t len;
    if (jz_rd_skip(&rd, 8, NULL) != JZ_OK)
        return id;
    while (jz_rd_u32be(&rd, &len, NULL) == JZ_OK && jz_rd_take(&rd, 4, &type, NULL) == JZ_OK) {
        if (has(type, 0, "acTL"))
            return F_APNG;
        if (has(type, 0, "IDAT") || jz_rd_skip(&rd, (uint64_t)len + 4, NULL) != JZ_OK)
            break;
    }
    return id;
}

/* "BM" alone begins many texts: the size of the information header must be one that exists. */
static format_id refine_bmp(jz_bytes head, format_id id)
{
    static const uint32_t sizes[] = { 12, 16, 40, 52, 56, 64, 108, 124 };
    jz_rd rd = jz_rd_of(head, "BMP");
    uint32_t size;
    if (jz_rd_skip(&rd, 14, NULL) != JZ_OK || jz_rd_u32le(&rd, &size, NULL) != JZ_OK)
        return F_NONE;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        if (size == sizes[i])
            return id;
    }
    return F_NONE;
}

/* C2PA 2.2, 11.1.4.2: a manifest store is a JUMBF superbox, whose description names its kind. */
static format_id refine_c2pa(jz_bytes head, format_id id)
{
    return has(head, 4, "jumb") ? id : F_NONE;
}

static format_id refine_bzip2(jz_bytes head, format_id id)
{
    const bool level = head.len > 3 && head.ptr[3] >= '1' && head.ptr[3] <= '9';
    return level && (has(head, 4, "1AY&SY") || has(head, 4, "\x17rE8P\x90")) ? id : F_NONE;
}

static format_id refine_ogg(jz_bytes head, format_id id)
{
    const bool video = contains(head, "\x80theora", 7) || contains(head, "OVP80", 5);
    return video ? F_OGV : id;
}

/* PKWARE APPNOTE 4.3.7: the first member's name begins at 30. Documents that are ZIP files put
 * a telling member first. */
static format_id refine_zip(jz_bytes head, format_id id)
{
    if (has(head, 30, "mimetypeapplication/epub+zip"))
        return F_EPUB;
    if (has(head, 30, "mimetypeapplication/vnd.oasis.opendocument"))
        return F_ODF;
    const bool office = has(head, 30, "[Content_Types].xml") || has(head, 30, "_rels/") ||
                        has(head, 30, "docProps/");
    if (!office)
        return id;
    if (contains(head, "word/", 5))
        return F_DOCX;
    if (contains(head, "xl/", 3))
        return F_XLSX;
    return contains(head, "ppt/", 4) ? F_PPTX : id;
}

/* EBML (RFC 8794 4.): an identifier keeps its length marker, a size loses it. */
static bool ebml_number(jz_rd *rd, bool keep_marker, uint64_t *out)
{
    uint8_t first;
    if (jz_rd_u8(rd, &first, NULL) != JZ_OK || first == 0)
        return false;
    const unsigned extra = (unsigned)__builtin_clz(first) - 24;
    uint64_t v = keep_marker ? first : first & (0x7fU >> extra);
    for (unsigned i = 0; i < extra; i++) {
        uint8_t next;
        if (jz_rd_u8(rd, &next, NULL) != JZ_OK)
            return false;
        v = v << 8 | next;
    }
    *out = v;
    return true;
}

/* RFC 8794 11.2.6: DocType is what the stream is; without one, it is Matroska that is meant. */
static format_id refine_ebml(jz_bytes head, format_id id)
{
    enum { DOC_TYPE = 0x4282 };
    jz_rd rd = jz_rd_of(head, "EBML");
    uint64_t key;
    uint64_t size;
    jz_bytes value;
    if (!ebml_number(&rd, true, &key) || !ebml_number(&rd, false, &size))
        return F_NONE;
    while (ebml_number(&rd, true, &key) && ebml_number(&rd, false, &size)) {
        if (jz_rd_take(&rd, size, &value, NULL) != JZ_OK)
            break;
        if (key == DOC_TYPE && has(value, 0, "webm"))
            return F_WEBM;
        if (key == DOC_TYPE)
            return has(value, 0, "matroska") ? F_MKV : F_NONE;
    }
    return id;
}

typedef struct brand {
    const char *prefix; /* of the four letters */
    format_id id;
} brand;

/* ISO/IEC 14496-12 4.3 and the registrations at mp4ra.org. */
static const brand brands[] = {
    { "heic", F_HEIC }, { "heix", F_HEIC }, { "heim", F_HEIC }, { "heis", F_HEIC },
    { "hevc", F_HEIC }, { "hevx", F_HEIC }, { "avif", F_AVIF }, { "avis", F_AVIF },
    { "qt  ", F_MOV },  { "M4A", F_M4A },   { "M4B", F_M4A },   { "M4P", F_M4A },
    { "F4A", F_M4A },   { "M4V", F_M4V },   { "3g", F_3GP },    { "jp2 ", F_JP2 },
};

static format_id brand_format(jz_bytes name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(brands); i++) {
        if (has(name, 0, brands[i].prefix))
            return brands[i].id;
    }
    return F_NONE;
}

/* The major brand decides; one that only says "some HEIF file" leaves it to the compatible ones.
 * An unknown brand is an MP4, the family's common case. */
static format_id ftyp_format(jz_bytes body)
{
    jz_rd rd = jz_rd_of(body, "ftyp");
    jz_bytes name;
    if (jz_rd_take(&rd, 4, &name, NULL) != JZ_OK)
        return F_NONE;
    const bool generic = has(name, 0, "mif1") || has(name, 0, "msf1") || has(name, 0, "mif2");
    const format_id major = brand_format(name);
    if (!generic)
        return major == F_NONE ? F_MP4 : major;
    if (jz_rd_skip(&rd, 4, NULL) != JZ_OK)
        return F_HEIC;
    while (jz_rd_take(&rd, 4, &name, NULL) == JZ_OK) {
        const format_id id = brand_format(name);
        if (id == F_AVIF || id == F_HEIC)
            return id;
    }
    return F_HEIC;
}

static jz_bytes rest_of(const jz_rd *rd, uint64_t most)
{
    const size_t left = jz_rd_left(rd);
    return (jz_bytes){ rd->ptr + rd->at, most < left ? (size_t)most : left };
}

/* ISO/IEC 14496-12 and QuickTime File Format: a run of boxes. Files older than ftyp begin with
 * moov, mdat or padding. */
static format_id find_bmff(jz_bytes head)
{
    jz_rd rd = jz_rd_of(head, "box");
    uint32_t size;
    jz_bytes type;
    while (jz_rd_u32be(&rd, &size, NULL) == JZ_OK && jz_rd_take(&rd, 4, &type, NULL) == JZ_OK) {
        if (size >= 2 && size < 8)
            return F_NONE;
        if (has(type, 0, "ftyp"))
            return size < 12 ? F_NONE : ftyp_format(rest_of(&rd, size - 8));
        if (has(type, 0, "moov") || has(type, 0, "mdat") || has(type, 0, "pnot"))
            return F_MOV;
        const bool padding = has(type, 0, "wide") || has(type, 0, "free") || has(type, 0, "skip");
        if (!padding || size < 8)
            return F_NONE;
        if (jz_rd_skip(&rd, size - 8, NULL) != JZ_OK)
            return F_MOV; /* nothing but padding in sight */
    }
    return F_NONE;
}

/* The end of an XML declaration, comment or document type at the cursor; false where there is
 * none or it does not end. */
static bool skip_markup(jz_rd *rd)
{
    static const char *const kinds[][2] = {
        { "<?", "?>" }, { "<!--", "-->" }, { "<!DOCTYPE", ">" }, { "<!doctype", ">" }
    };
    const jz_bytes rest = rest_of(rd, UINT64_MAX);
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++) {
        if (!has(rest, 0, kinds[i][0]))
            continue;
        const char *end = kinds[i][1];
        if (kinds[i][0][2] == 'D' && contains(rest, "[", 1)) {
            const uint8_t *gt = memchr(rest.ptr, '>', rest.len);
            const uint8_t *open = memchr(rest.ptr, '[', rest.len);
            end = gt != NULL && open < gt ? "]>" : end; /* a document type with its own entities */
        }
        const uint8_t *at = memmem(rest.ptr, rest.len, end, strlen(end));
        return at != NULL && jz_rd_skip(rd, (uint64_t)(at - rest.ptr) + strlen(end), NULL) == JZ_OK;
    }
    return false;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static jz_rd markup_of(jz_bytes head)
{
    const size_t bom = has(head, 0, "\xef\xbb\xbf") ? 3 : 0;
    return jz_rd_of((jz_bytes){ head.ptr + bom, head.len - bom }, "markup");
}

static jz_bytes skip_blanks(jz_rd *rd)
{
    while (jz_rd_left(rd) > 0 && is_blank(rd->ptr[rd->at]))
        rd->at++;
    return rest_of(rd, UINT64_MAX);
}

static format_id find_svg(jz_bytes head)
{
    jz_rd rd = markup_of(head);
    jz_bytes rest;
    do
        rest = skip_blanks(&rd);
    while (skip_markup(&rd));
    const bool svg = has(rest, 0, "<svg>") || has(rest, 0, "<svg ") || has(rest, 0, "<svg\n") ||
                     has(rest, 0, "<svg\r") || has(rest, 0, "<svg\t") || has(rest, 0, "<svg:svg");
    return svg ? F_SVG : F_NONE;
}

/* Whether the head begins with a word, in either case, and the word ends there. */
static bool has_word(jz_bytes head, const char *word)
{
    const size_t len = strlen(word);
    return head.len > len && strncasecmp((const char *)head.ptr, word, len) == 0 &&
           (is_blank(head.ptr[len]) || head.ptr[len] == '>');
}

/* WHATWG MIME Sniffing 7.1, of its tags only the two that begin a whole document; XHTML too. */
static format_id find_html(jz_bytes head)
{
    jz_rd rd = markup_of(head);
    do {
        const jz_bytes rest = skip_blanks(&rd);
        if (has_word(rest, "<!doctype html") || has_word(rest, "<html"))
            return F_HTML;
    } while (skip_markup(&rd));
    return F_NONE;
}

/* ISO/IEC 13818-1 2.4.3.2: every packet begins with 0x47. Broadcast packets are 188 bytes, discs
 * put 4 bytes before each. All packets in the head must agree, two at least. */
static format_id find_mpegts(jz_bytes head)
{
    static const struct {
        size_t first, step;
    } shapes[] = { { 0, 188 }, { 4, 192 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        size_t packets = 0;
        size_t at = shapes[i].first;
        for (; at < head.len && head.ptr[at] == 0x47; at += shapes[i].step)
            packets++;
        if (at >= head.len && packets >= 2)
            return F_MPEGTS;
    }
    return F_NONE;
}

/* ISO/IEC 13818-7 6.2 (ADTS): a frame's length is at bits 30..42; the next frame follows it. */
static format_id find_aac(jz_bytes head)
{
    if (head.len < 7 || head.ptr[0] != 0xff || (head.ptr[1] & 0xf6) != 0xf0)
        return F_NONE;
    const size_t len =
        (size_t)(head.ptr[3] & 3U) << 11 | (size_t)head.ptr[4] << 3 | (size_t)head.ptr[5] >> 5;
    if (len < 7)
        return F_NONE;
    if (len + 2 > head.len)
        return F_AAC;
    return head.ptr[len] == 0xff && (head.ptr[len + 1] & 0xf6) == 0xf0 ? F_AAC : F_NONE;
}

/* Bytes of the MPEG audio frame at head.ptr (ISO/IEC 11172-3 2.4.1.3, layer III), 0 = none. */
static size_t mp3_frame_bytes(jz_bytes head)
{
    static const uint16_t kbit[2][16] = {
        { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0 }, /* MPEG-1 */
        { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0 },     /* MPEG-2, 2.5 */
    };
    static const uint16_t hertz[4] = { 44100, 48000, 32000, 0 };
    if (head.len < 4 || head.ptr[0] != 0xff || (head.ptr[1] & 0xe6) != 0xe2)
        return 0;
    const unsigned version = head.ptr[1] >> 3 & 3U; /* 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5 */
    const unsigned rate = hertz[head.ptr[2] >> 2 & 3U] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    const unsigned bits = kbit[version != 3][head.ptr[2] >> 4] * 1000U;
    if (version == 1 || rate == 0 || bits == 0)
        return 0;
    return (version == 3 ? 144 : 72) * bits / rate + (head.ptr[2] >> 1 & 1U);
}

static format_id find_mp3(jz_bytes head)
{
    const size_t len = mp3_frame_bytes(head);
    if (len == 0)
        return F_NONE;
    if (len + 4 > head.len)
        return F_MP3;
    return mp3_frame_bytes((jz_bytes){ head.ptr + len, head.len - len }) != 0 ? F_MP3 : F_NONE;
}

/* ID3v2.4 3.1: a tag of known length before MP3, sometimes before FLAC or AAC. */
static format_id refine_id3(jz_bytes head, format_id id)
{
    if (head.len < 10)
        return id;
    const uint8_t *p = head.ptr + 6;
    const size_t len = (size_t)(p[0] & 0x7fU) << 21 | (size_t)(p[1] & 0x7fU) << 14 |
                       (size_t)(p[2] & 0x7fU) << 7 | (p[3] & 0x7fU);
    if (has(head, len + 10, "fLaC"))
        return F_FLAC;
    return len + 10 < head.len &&
                   find_aac((jz_bytes){ head.ptr + len + 10, head.len - len - 10 }) == F_AAC
               ? F_AAC
               : id;
}

/* Tried from top to bottom. */
static const signature signatures[] = {
    { F_C2PA, 12, 8, "jumdc2pa", refine_c2pa }, /* begins with its size, which may be any */
    { F_JPEG, 0, 3, "\xff\xd8\xff", NULL },
    { F_PNG, 0, 8, "\x89PNG\r\n\x1a\n", refine_png },
    { F_GIF, 0, 6, "GIF87a", NULL },
    { F_GIF, 0, 6, "GIF89a", NULL },
    { F_WEBP, 8, 4, "WEBP", NULL },
    { F_BMP, 0, 2, "BM", refine_bmp },
    { F_TIFF, 0, 4, "II*\0", NULL },
    { F_TIFF, 0, 4, "MM\0*", NULL },
    { F_TIFF, 0, 4, "II+\0", NULL }, /* BigTIFF */
    { F_TIFF, 0, 4, "MM\0+", NULL },
    { F_JXL, 0, 2, "\xff\x0a", NULL },
    { F_JXL, 0, 12, "\0\0\0\x0cJXL \r\n\x87\n", NULL },
    { F_JP2, 0, 12, "\0\0\0\x0cjP  \r\n\x87\n", NULL },
    { F_J2K, 0, 4, "\xff\x4f\xff\x51", NULL },
    { F_PSD, 0, 4, "8BPS", NULL },
    { F_MKV, 0, 4, "\x1a\x45\xdf\xa3", refine_ebml },
    { F_AVI, 8, 4, "AVI ", NULL },
    { F_FLV, 0, 4, "FLV\1", NULL },
    { F_MPEGPS, 0, 4, "\0\0\1\xba", NULL },
    { F_ASF, 0, 16, "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", NULL },
    { F_OGG, 0, 4, "OggS", refine_ogg },
    { F_WAV, 8, 4, "WAVE", NULL },
    { F_FLAC, 0, 4, "fLaC", NULL },
    { F_MP3, 0, 3, "ID3", refine_id3 },
    { F_AMR, 0, 5, "#!AMR", NULL },
    { F_AIFF, 8, 3, "AIF", NULL },
    { F_ZIP, 0, 4, "PK\3\4", refine_zip },
    { F_ZIP, 0, 4, "PK\5\6", NULL },
    { F_ZIP, 0, 4, "PK\7\x08", NULL },
    { F_RAR, 0, 6, "Rar!\x1a\x07", NULL },
    { F_7Z, 0, 6, "7z\xbc\xaf\x27\x1c", NULL },
    { F_GZIP, 0, 3, "\x1f\x8b\x08", NULL },
    { F_BZIP2, 0, 3, "BZh", refine_bzip2 },
    { F_XZ, 0, 6, "\xfd\x37zXZ\0", NULL },
    { F_ZSTD, 0, 4, "\x28\xb5\x2f\xfd", NULL },
    { F_LZ4, 0, 4, "\x04\x22\x4d\x18", NULL },
    { F_CAB, 0, 8, "MSCF\0\0\0\0", NULL },
    { F_TAR, 257, 5, "ustar", NULL },
    { F_PDF, 0, 5, "%PDF-", NULL },
    { F_OLE2, 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NULL },
};

/* Formats without fixed bytes, after all that have some. */
static format_id (*const finders[])(jz_bytes head) = { find_bmff, find_mpegts, find_svg,
                                                       find_html, find_aac,    find_mp3 };

/* RIFF and IFF name their kind at byte 8; the word at 0 must be one of theirs. */
static bool container_fits(jz_bytes head, const signature *s)
{
    if (s->at != 8)
        return true;
    return s->id == F_AIFF ? has(head, 0, "FORM")
                           : has(head, 0, "RIFF") || (s->id == F_WAV && has(head, 0, "RF64"));
}

static format_id find_id(jz_bytes head)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(signatures); i++) {
        const signature *s = &signatures[i];
        if (head.len < (size_t)s->at + s->len || memcmp(head.ptr + s->at, s->magic, s->len) != 0 ||
            !container_fits(head, s))
            continue;
        const format_id id = s->refine == NULL ? s->id : s->refine(head, s->id);
        if (id != F_NONE)
            return id;
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(finders); i++) {
        const format_id id = finders[i](head);
        if (id != F_NONE)
            return id;
    }
    return F_NONE;
}

const jz_format *jz_format_find(jz_bytes head)
{
    const format_id id = head.len == 0 ? F_NONE : find_id(head);
    return id == F_NONE ? NULL : &formats[id];
}

const jz_format *jz_format_by_name(const char *name)
{
    for (size_t i = 0; i < F_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}
