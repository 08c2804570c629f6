/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/enc_av.h"

#include <string.h>

#include <libavutil/intreadwrite.h>
#include <libavutil/opt.h>

#define IO_BYTES 65536
#define BOXES_MAX 64 /* looked at for the place of moov */

/* The writer of each format, and its options. use_metadata_tags: keys that are no iTunes tags, such
 * as AIGC, are written at all. mpegts_copyts: times are not moved. */
static const struct {
    const char *format;
    const char *muxer;
    const char *options;
} muxers[] = {
    { "mp4", "mp4", "movflags=+use_metadata_tags" },
    { "mov", "mov", "movflags=+use_metadata_tags" },
    { "m4v", "ipod", "movflags=+use_metadata_tags" },
    { "m4a", "ipod", "movflags=+use_metadata_tags" },
    { "3gp", "3gp", "movflags=+use_metadata_tags" },
    { "mkv", "matroska", "" },
    { "webm", "webm", "" },
    { "avi", "avi", "" },
    { "flv", "flv", "" },
    { "mpegts", "mpegts", "mpegts_copyts=1" },
    { "mpegps", "vob", "" },
    { "asf", "asf", "" },
    { "ogv", "ogg", "" },
    { "wav", "wav", "" },
    { "flac", "flac", "" },
    { "mp3", "mp3", "id3v2_version=0" }, /* enc_av_tags.c copies the tags */
    { "aac", "adts", "" },
    { "ogg", "ogg", "" },
};

static const char *format_name(const jz_av_output *out)
{
    return out->task->in.format->name;
}

static jz_status nomem(const jz_av_output *out, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", format_name(out));
}

jz_status jz_av_output_fail(jz_av_output *out, int rc, jz_err *err)
{
    if (out->io_status != JZ_OK) {
        if (err != NULL)
            *err = out->io_err;
        return out->io_status;
    }
    const jz_status st = jz_av_fail(&out->task->in, &out->in->note, rc, err);
    if (st == JZ_E_NOMEM)
        return st;
    /* The input was read without complaint: it is the writer that cannot do it. */
    if (err != NULL)
        err->code = JZ_E_UNSUPPORTED;
    return JZ_E_UNSUPPORTED;
}

/* ---- bytes ---- */

static int on_write(void *user, uint8_t *buf, int size)
{
    jz_av_output *out = user;
    out->io_status = jz_task_write(out->task, out->base + out->at, buf, (size_t)size, &out->io_err);
    if (out->io_status != JZ_OK)
        return AVERROR(EIO);
    out->at += (uint64_t)size;
    out->end = out->at > out->end ? out->at : out->end;
    return size;
}

static int64_t seek_in(uint64_t *at, uint64_t end, int64_t offset, int whence)
{
    int64_t to = offset;
    const int from = whence & ~AVSEEK_FORCE;
    if (from == AVSEEK_SIZE)
        return (int64_t)end;
    if (from == SEEK_CUR || from == SEEK_END)
        to = __builtin_add_overflow((int64_t)(from == SEEK_CUR ? *at : end), offset, &to) ? -1 : to;
    if (to < 0)
        return AVERROR(EINVAL);
    *at = (uint64_t)to;
    return to;
}

static int64_t on_seek(void *user, int64_t offset, int whence)
{
    jz_av_output *out = user;
    return seek_in(&out->at, out->end, offset, whence);
}

/* The writer of MP4 reads its output again where the index goes to the front. */
typedef struct reader {
    jz_job job; /* fd is the output's */
    uint64_t at;
    jz_av_output *out;
} reader;

static int on_read_back(void *user, uint8_t *buf, int size)
{
    reader *r = user;
    size_t got = 0;
    if (jz_job_read(&r->job, r->out->base + r->at, buf, (size_t)size, &got, NULL) != JZ_OK)
        return AVERROR(EIO);
    r->at += got;
    return got > 0 ? (int)got : AVERROR_EOF;
}

static int64_t on_seek_back(void *user, int64_t offset, int whence)
{
    reader *r = user;
    return seek_in(&r->at, r->out->end, offset, whence);
}

/* Nothing else can be opened: neither other files nor the network. */
static int open_output_again(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                             AVDictionary **options)
{
    (void)url;
    (void)options;
    jz_av_output *out = format->opaque;
    if (flags != AVIO_FLAG_READ)
        return AVERROR(EACCES);
    reader *r = av_mallocz(sizeof *r);
    uint8_t *buffer = av_malloc(IO_BYTES);
    *io = r != NULL && buffer != NULL
              ? avio_alloc_context(buffer, IO_BYTES, 0, r, on_read_back, NULL, on_seek_back)
              : NULL;
    if (*io == NULL) {
        av_freep(&buffer);
        av_freep(&r);
        return AVERROR(ENOMEM);
    }
    *r = (reader){ .job = { .fd = out->task->out_fd }, .out = out };
    return 0;
}

static int close_reader(AVFormatContext *format, AVIOContext *io)
{
    (void)format;
    if (io == NULL)
        return 0;
    av_freep(&io->opaque);
    av_freep(&io->buffer);
    avio_context_free(&io);
    return 0;
}

/* ---- the container ---- */

static bool read_input(const jz_av_output *out, uint64_t at, uint8_t *buf, size_t size)
{
    size_t got = 0;
    return jz_job_read(&out->task->in, at, buf, size, &got, NULL) == JZ_OK && got == size;
}

/* Whether the index stands before the media data (ISO/IEC 14496-12 4.2): it stays there. */
static bool index_is_first(const jz_av_output *out)
{
    uint64_t at = 0;
    uint8_t head[16];
    for (unsigned n = 0; n < BOXES_MAX && read_input(out, at, head, sizeof head); n++) {
        uint64_t size = AV_RB32(head);
        if (memcmp(head + 4, "moov", 4) == 0)
            return true;
        if (memcmp(head + 4, "mdat", 4) == 0)
            return false;
        if (size == 1)
            size = AV_RB64(head + 8);
        if (size < 8 || size > out->task->in.file_size - at)
            return false;
        at += size;
    }
    return false;
}

/* MPEG-1's pack header begins with 0010, MPEG-2's with 01 (ISO/IEC 11172-1, 13818-1). */
static bool is_mpeg1_system(const jz_av_output *out)
{
    uint8_t byte = 0;
    return read_input(out, 4, &byte, 1) && (byte & 0xf0) == 0x20;
}

/* 192 bytes a packet, of which the first 4 are a time stamp (Blu-ray, AVCHD). */
static bool has_timed_packets(const jz_av_output *out)
{
    uint8_t a = 0;
    uint8_t b = 0;
    return read_input(out, 4, &a, 1) && read_input(out, 196, &b, 1) && a == 0x47 && b == 0x47;
}

static jz_status choose_muxer(const jz_av_output *out, const char **muxer, AVDictionary **options,
                              jz_err *err)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(muxers); i++) {
        if (strcmp(muxers[i].format, format_name(out)) != 0)
            continue;
        *muxer = muxers[i].muxer;
        if (av_dict_parse_string(options, muxers[i].options, "=", ":", 0) < 0)
            return nomem(out, err);
    }
    if (*muxer == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s is not written here", format_name(out));
    if (strcmp(*muxer, "vob") == 0 && is_mpeg1_system(out))
        *muxer = "mpeg";
    if (strcmp(*muxer, "mpegts") == 0 && has_timed_packets(out))
        (void)av_dict_set(options, "mpegts_m2ts_mode", "1", 0);
    if (av_dict_get(*options, "movflags", NULL, 0) != NULL && index_is_first(out))
        (void)av_dict_set(options, "movflags", "+faststart", AV_DICT_APPEND);
    return JZ_OK;
}

static jz_status copy_chapters(jz_av_output *out, jz_err *err)
{
    const AVFormatContext *in = out->in->format;
    if (in->nb_chapters == 0)
        return JZ_OK;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what FFmpeg wants */
    out->format->chapters = av_calloc(in->nb_chapters, sizeof *out->format->chapters);
    if (out->format->chapters == NULL)
        return nomem(out, err);
    for (unsigned i = 0; i < in->nb_chapters; i++) {
        AVChapter *c = av_mallocz(sizeof *c);
        if (c == NULL)
            return nomem(out, err);
        out->format->chapters[out->format->nb_chapters++] = c;
        c->id = in->chapters[i]->id;
        c->time_base = in->chapters[i]->time_base;
        c->start = in->chapters[i]->start;
        c->end = in->chapters[i]->end;
        if (av_dict_copy(&c->metadata, in->chapters[i]->metadata, 0) < 0)
            return nomem(out, err);
    }
    return JZ_OK;
}

/* What the reader of MP4 tells of the file type box is no metadata. */
static jz_status copy_metadata(jz_av_output *out, jz_err *err)
{
    static const char *const not_metadata[] = { "major_brand", "minor_version",
                                                "compatible_brands" };
    if (av_dict_copy(&out->format->metadata, out->in->format->metadata, 0) < 0)
        return nomem(out, err);
    for (size_t i = 0; i < JZ_ARRAY_LEN(not_metadata); i++)
        (void)av_dict_set(&out->format->metadata, not_metadata[i], NULL, 0);
    return copy_chapters(out, err);
}

static jz_status set_options(jz_av_output *out, AVDictionary *options, jz_err *err)
{
    const AVDictionaryEntry *e = NULL;
    while ((e = av_dict_get(options, "", e, AV_DICT_IGNORE_SUFFIX)) != NULL) {
        const int rc = av_opt_set(out->format, e->key, e->value, AV_OPT_SEARCH_CHILDREN);
        if (rc < 0)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavformat has no option %s=%s for %s",
                           e->key, e->value, format_name(out));
    }
    return JZ_OK;
}

static jz_status make(jz_av_output *out, const char *muxer, jz_err *err)
{
    if (av_guess_format(muxer, NULL, NULL) == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavformat does not write %s",
                       format_name(out));
    uint8_t *buffer = av_malloc(IO_BYTES);
    if (buffer != NULL)
        out->io = avio_alloc_context(buffer, IO_BYTES, 1, out, NULL, on_write, on_seek);
    if (out->io == NULL)
        av_freep(&buffer);
    if (out->io == NULL || avformat_alloc_output_context2(&out->format, NULL, muxer, NULL) < 0)
        return nomem(out, err);
    out->format->pb = out->io;
    out->format->opaque = out;
    out->format->io_open = open_output_again;
    out->format->io_close2 = close_reader;
    out->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    return copy_metadata(out, err);
}

jz_status jz_av_output_open(jz_av_output *out, jz_err *err)
{
    const char *muxer = NULL;
    AVDictionary *options = NULL;
    jz_status st = choose_muxer(out, &muxer, &options, err);
    if (st == JZ_OK)
        st = make(out, muxer, err);
    if (st == JZ_OK)
        st = set_options(out, options, err);
    av_dict_free(&options);
    return st;
}

void jz_av_output_done(jz_av_output *out)
{
    avformat_free_context(out->format);
    out->format = NULL;
    if (out->io != NULL)
        av_freep(&out->io->buffer);
    avio_context_free(&out->io);
}

/* ---- streams ---- */

bool jz_av_output_takes(const jz_av_output *out, const AVStream *s)
{
    const AVCodecParameters *par = s->codecpar;
    /* Time codes and chapter texts of MP4 are made anew from metadata and chapters. */
    const bool other_data =
        par->codec_id == AV_CODEC_ID_BIN_DATA && par->codec_tag != MKTAG('g', 'p', 'm', 'd');
    if (par->codec_id == AV_CODEC_ID_NONE || other_data)
        return false;
    return avformat_query_codec(out->format->oformat, par->codec_id, FF_COMPLIANCE_NORMAL) != 0;
}

static jz_status copy_side_data(const jz_av_output *out, const AVStream *s, AVStream *to,
                                jz_err *err)
{
    for (int i = 0; i < s->nb_side_data; i++) {
        const AVPacketSideData *side = &s->side_data[i];
        if (side->type == AV_PKT_DATA_CPB_PROPERTIES)
            continue; /* of the old bits */
        uint8_t *data = av_stream_new_side_data(to, side->type, side->size);
        if (data == NULL)
            return nomem(out, err);
        memcpy(data, side->data, side->size);
    }
    return JZ_OK;
}

/* The four letters that the file had, where this writer knows them for this codec: hvc1 is not
 * hev1. */
static uint32_t tag_of(const jz_av_output *out, const AVStream *s, enum AVCodecID id)
{
    const struct AVCodecTag *const *tags = out->format->oformat->codec_tag;
    const uint32_t tag = s->codecpar->codec_tag;
    const bool known = tags == NULL || av_codec_get_id(tags, tag) == id;
    return known && s->codecpar->codec_id == id ? tag : 0;
}

jz_status jz_av_output_stream(jz_av_output *out, const AVStream *s, const AVCodecParameters *par,
                              AVStream **made, jz_err *err)
{
    AVStream *to = avformat_new_stream(out->format, NULL);
    if (to == NULL || avcodec_parameters_copy(to->codecpar, par != NULL ? par : s->codecpar) < 0 ||
        av_dict_copy(&to->metadata, s->metadata, 0) < 0)
        return nomem(out, err);
    to->codecpar->codec_tag = tag_of(out, s, to->codecpar->codec_id);
    to->id = s->id;
    to->time_base = s->time_base;
    to->avg_frame_rate = s->avg_frame_rate;
    to->r_frame_rate = s->r_frame_rate;
    to->sample_aspect_ratio = s->sample_aspect_ratio;
    to->disposition = s->disposition;
    *made = to;
    return copy_side_data(out, s, to, err);
}

jz_status jz_av_output_begin(jz_av_output *out, jz_err *err)
{
    const int rc = avformat_write_header(out->format, NULL);
    return rc < 0 ? jz_av_output_fail(out, rc, err) : JZ_OK;
}

jz_status jz_av_output_packet(jz_av_output *out, AVPacket *packet, const AVStream *to,
                              AVRational tb, jz_err *err)
{
    av_packet_rescale_ts(packet, tb, to->time_base);
    packet->stream_index = to->index;
    packet->pos = -1;
    const int rc = av_interleaved_write_frame(out->format, packet);
    jz_task_alive(out->task);
    return rc < 0 ? jz_av_output_fail(out, rc, err) : JZ_OK;
}

jz_status jz_av_output_drain(jz_av_output *out, AVCodecContext *encoder, AVPacket *packet,
                             const AVStream *to, jz_err *err)
{
    for (;;) {
        const int rc = avcodec_receive_packet(encoder, packet);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return JZ_OK;
        if (rc < 0)
            return jz_av_output_fail(out, rc, err);
        JZ_TRY(jz_av_output_packet(out, packet, to, encoder->time_base, err));
    }
}

jz_status jz_av_output_end(jz_av_output *out, jz_err *err)
{
    const int rc = av_write_trailer(out->format);
    avio_flush(out->io);
    return rc < 0 || out->io->error < 0 || out->io_status != JZ_OK
               ? jz_av_output_fail(out, rc < 0 ? rc : AVERROR(EIO), err)
               : JZ_OK;
}
