/* SPDX-License-Identifier: Apache-2.0 */
/* Stills that FFmpeg's libavcodec reads: the decoder is chosen by our own table of formats, and the
 * whole file is its one packet. */
#include "media/decode/dec_av.h"

#include "media/exif.h"

#include <string.h>

typedef struct decoder {
    AVCodecContext *ctx;
    AVPacket *packet;
    AVFrame *frame;
    jz_av_scaler scaler;
    jz_av_note note;
} decoder;

static void done(decoder *d)
{
    jz_av_listen(NULL);
    jz_av_scaler_done(&d->scaler);
    av_frame_free(&d->frame);
    av_packet_free(&d->packet);
    avcodec_free_context(&d->ctx);
}

static const char *decoder_name(const jz_job *job)
{
    static const char *const names[][2] = { { "bmp", "bmp" },
                                            { "tiff", "tiff" },
                                            { "jxl", "libjxl" },
                                            { "jp2", "jpeg2000" },
                                            { "j2k", "jpeg2000" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        if (strcmp(names[i][0], job->format->name) == 0)
            return names[i][1];
    }
    return "";
}

/* A TIFF file is an Exif block too; BigTIFF, with 43 for 42, is another format. */
static jz_status read_tiff_head(jz_job *job, jz_bytes file, jz_err *err)
{
    if (strcmp(job->format->name, "tiff") != 0)
        return JZ_OK;
    if (memchr(file.ptr, 43, file.len < 4 ? file.len : 4) != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "tiff: BigTIFF is not read");
    job->info.orientation = jz_exif_orientation(file);
    return JZ_OK;
}

/* The copy has the padding that the library's bit readers may touch. */
static jz_status make_packet(decoder *d, jz_bytes file, jz_err *err)
{
    d->packet = av_packet_alloc();
    d->frame = av_frame_alloc();
    if (d->packet == NULL || d->frame == NULL || file.len > INT_MAX ||
        av_new_packet(d->packet, (int)file.len) < 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "no room to copy %zu bytes", file.len);
    memcpy(d->packet->data, file.ptr, file.len);
    return JZ_OK;
}

static int receive(decoder *d)
{
    const int sent = avcodec_send_packet(d->ctx, d->packet);
    if (sent < 0)
        return sent;
    const int rc = avcodec_receive_frame(d->ctx, d->frame);
    if (rc != AVERROR(EAGAIN))
        return rc;
    (void)avcodec_send_packet(d->ctx, NULL); /* the end; it can only be refused when repeated */
    return avcodec_receive_frame(d->ctx, d->frame);
}

static jz_status decode(decoder *d, jz_job *job, jz_err *err)
{
    jz_bytes file;
    JZ_TRY(jz_job_whole(job, &file, err));
    JZ_TRY(read_tiff_head(job, file, err));
    JZ_TRY(jz_av_open(job, &d->note, decoder_name(job), NULL, &d->ctx, err));
    JZ_TRY(make_packet(d, file, err));
    const int rc = receive(d);
    if (rc < 0)
        return jz_av_fail(job, &d->note, rc, err);
    job->info.width = (uint32_t)d->frame->width;
    job->info.height = (uint32_t)d->frame->height;
    JZ_TRY(jz_av_emit(job, &d->scaler, d->frame, err));
    return d->note.errors == 0 ? JZ_OK : jz_av_fail(job, &d->note, AVERROR_INVALIDDATA, err);
}

jz_status jz_decode_av_still(jz_job *job, jz_err *err)
{
    decoder d = { .scaler = { .flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT } };
    jz_av_listen(&d.note);
    const jz_status st = decode(&d, job, err);
    done(&d);
    return st;
}
