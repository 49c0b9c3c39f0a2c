// Video4Linux's structures, and its request codes, whose macros Swift cannot import.
#ifndef LODESTAR_C_VIDEO_H
#define LODESTAR_C_VIDEO_H

#include <linux/videodev2.h>

static const unsigned long lodestar_querycap = VIDIOC_QUERYCAP;
static const unsigned long lodestar_s_fmt = VIDIOC_S_FMT;
static const unsigned long lodestar_s_parm = VIDIOC_S_PARM;
static const unsigned long lodestar_s_ctrl = VIDIOC_S_CTRL;
static const unsigned long lodestar_reqbufs = VIDIOC_REQBUFS;
static const unsigned long lodestar_querybuf = VIDIOC_QUERYBUF;
static const unsigned long lodestar_qbuf = VIDIOC_QBUF;
static const unsigned long lodestar_dqbuf = VIDIOC_DQBUF;
static const unsigned long lodestar_streamon = VIDIOC_STREAMON;
static const unsigned long lodestar_streamoff = VIDIOC_STREAMOFF;

static const unsigned int lodestar_pixels_grey = V4L2_PIX_FMT_GREY;
static const unsigned int lodestar_pixels_y10 = V4L2_PIX_FMT_Y10;
static const unsigned int lodestar_pixels_y12 = V4L2_PIX_FMT_Y12;
static const unsigned int lodestar_pixels_y16 = V4L2_PIX_FMT_Y16;

static const unsigned int lodestar_control_exposure_auto = V4L2_CID_EXPOSURE_AUTO;
static const unsigned int lodestar_control_exposure = V4L2_CID_EXPOSURE_ABSOLUTE;
static const unsigned int lodestar_flag_error = V4L2_BUF_FLAG_ERROR;
static const unsigned int lodestar_timestamp_mask = V4L2_BUF_FLAG_TIMESTAMP_MASK;
static const unsigned int lodestar_timestamp_monotonic = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
static const unsigned int lodestar_source_mask = V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
static const unsigned int lodestar_source_exposure_start = V4L2_BUF_FLAG_TSTAMP_SRC_SOE;

#endif
