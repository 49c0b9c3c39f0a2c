// The Aravis library, loaded when a camera is first asked for: all else works without it.
//
// The declarations are our own, by the public description of version 0.8;
// Tests/Peers/Drivers/aravis_prototypes.c holds them against the library's headers.
#ifndef LODESTAR_CARAVIS_H
#define LODESTAR_CARAVIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The library's file, looked for where the system's loader looks.
#define LODESTAR_ARAVIS_FILE "libaravis-0.8.so.0"

// Its objects, by its own tags.
struct _ArvBuffer;
struct _ArvCamera;
struct _ArvFakeCamera;
struct _ArvGvFakeCamera;
struct _ArvStream;
struct _GError;

// What draws the picture of the fake camera: its buffer, our data, the exposure in us, the gain and
// the pixels (ArvFakeCameraFillPattern).
typedef void (*lodestar_aravis_painter)(struct _ArvBuffer *, void *, uint32_t, uint32_t, uint32_t);

// VALUE(type, name, value) for each value of the library's that we use: of ArvPixelFormat,
// ArvBufferStatus, ArvBufferPayloadType, ArvAcquisitionMode, ArvGvStreamOption and ArvDeviceError.
#define LODESTAR_ARAVIS_VALUES(VALUE)                                                              \
    VALUE(uint32_t, ARV_PIXEL_FORMAT_MONO_8, 0x01080001)                                           \
    VALUE(uint32_t, ARV_PIXEL_FORMAT_MONO_10, 0x01100003)                                          \
    VALUE(uint32_t, ARV_PIXEL_FORMAT_MONO_12, 0x01100005)                                          \
    VALUE(uint32_t, ARV_PIXEL_FORMAT_MONO_16, 0x01100007)                                          \
    VALUE(int, ARV_BUFFER_STATUS_SUCCESS, 0)                                                       \
    VALUE(int, ARV_BUFFER_PAYLOAD_TYPE_IMAGE, 1)                                                   \
    VALUE(unsigned, ARV_ACQUISITION_MODE_CONTINUOUS, 0)                                            \
    VALUE(unsigned, ARV_GV_STREAM_OPTION_PACKET_SOCKET_DISABLED, 1)                                \
    VALUE(int, ARV_DEVICE_ERROR_NOT_CONNECTED, 2)                                                  \
    VALUE(int, ARV_DEVICE_ERROR_TRANSFER_ERROR, 4)                                                 \
    VALUE(int, ARV_DEVICE_ERROR_TIMEOUT, 5)                                                        \
    VALUE(int, ARV_DEVICE_ERROR_NOT_FOUND, 6)

// FUNCTION(result, name, arguments) for each function that we call; the last three are GLib's.
#define LODESTAR_ARAVIS_FUNCTIONS(FUNCTION)                                                        \
    FUNCTION(struct _ArvCamera *, arv_camera_new, (const char *name, struct _GError **))           \
    FUNCTION(int, arv_camera_is_gv_device, (struct _ArvCamera *))                                  \
    FUNCTION(const char *, arv_camera_get_vendor_name, (struct _ArvCamera *, struct _GError **))   \
    FUNCTION(const char *, arv_camera_get_model_name, (struct _ArvCamera *, struct _GError **))    \
    FUNCTION(const char *, arv_camera_get_device_serial_number,                                    \
             (struct _ArvCamera *, struct _GError **))                                             \
    FUNCTION(void, arv_camera_set_region,                                                          \
             (struct _ArvCamera *, int x, int y, int width, int height, struct _GError **))        \
    FUNCTION(void, arv_camera_get_region,                                                          \
             (struct _ArvCamera *, int *x, int *y, int *width, int *height, struct _GError **))    \
    FUNCTION(void, arv_camera_set_pixel_format,                                                    \
             (struct _ArvCamera *, uint32_t format, struct _GError **))                            \
    FUNCTION(void, arv_camera_set_frame_rate,                                                      \
             (struct _ArvCamera *, double hertz, struct _GError **))                               \
    FUNCTION(void, arv_camera_set_exposure_time,                                                   \
             (struct _ArvCamera *, double microseconds, struct _GError **))                        \
    FUNCTION(void, arv_camera_set_acquisition_mode,                                                \
             (struct _ArvCamera *, unsigned mode, struct _GError **))                              \
    FUNCTION(unsigned, arv_camera_get_payload, (struct _ArvCamera *, struct _GError **))           \
    FUNCTION(void, arv_camera_gv_set_stream_options, (struct _ArvCamera *, unsigned options))      \
    FUNCTION(struct _ArvStream *, arv_camera_create_stream,                                        \
             (struct _ArvCamera *, void (*callback)(void *, unsigned, struct _ArvBuffer *),        \
              void *data, struct _GError **))                                                      \
    FUNCTION(void, arv_camera_start_acquisition, (struct _ArvCamera *, struct _GError **))         \
    FUNCTION(void, arv_camera_stop_acquisition, (struct _ArvCamera *, struct _GError **))          \
    FUNCTION(void, arv_stream_push_buffer, (struct _ArvStream *, struct _ArvBuffer *))             \
    FUNCTION(struct _ArvBuffer *, arv_stream_try_pop_buffer, (struct _ArvStream *))                \
    FUNCTION(struct _ArvBuffer *, arv_stream_timeout_pop_buffer,                                   \
             (struct _ArvStream *, uint64_t microseconds))                                         \
    FUNCTION(struct _ArvBuffer *, arv_buffer_new_allocate, (size_t bytes))                         \
    FUNCTION(int, arv_buffer_get_status, (struct _ArvBuffer *))                                    \
    FUNCTION(int, arv_buffer_get_payload_type, (struct _ArvBuffer *))                              \
    FUNCTION(uint64_t, arv_buffer_get_frame_id, (struct _ArvBuffer *))                             \
    FUNCTION(uint64_t, arv_buffer_get_timestamp, (struct _ArvBuffer *))                            \
    FUNCTION(void, arv_buffer_set_timestamp, (struct _ArvBuffer *, uint64_t nanoseconds))          \
    FUNCTION(uint64_t, arv_buffer_get_system_timestamp, (struct _ArvBuffer *))                     \
    FUNCTION(int, arv_buffer_get_image_width, (struct _ArvBuffer *))                               \
    FUNCTION(int, arv_buffer_get_image_height, (struct _ArvBuffer *))                              \
    FUNCTION(const void *, arv_buffer_get_data, (struct _ArvBuffer *, size_t *bytes))              \
    FUNCTION(struct _ArvGvFakeCamera *, arv_gv_fake_camera_new,                                    \
             (const char *interface, const char *serial))                                          \
    FUNCTION(int, arv_gv_fake_camera_is_running, (struct _ArvGvFakeCamera *))                      \
    FUNCTION(struct _ArvFakeCamera *, arv_gv_fake_camera_get_fake_camera,                          \
             (struct _ArvGvFakeCamera *))                                                          \
    FUNCTION(void, arv_fake_camera_set_fill_pattern,                                               \
             (struct _ArvFakeCamera *, lodestar_aravis_painter, void *data))                       \
    FUNCTION(uint32_t, arv_device_error_quark, (void))                                             \
    FUNCTION(void, g_error_free, (struct _GError *))                                               \
    FUNCTION(void, g_object_unref, (void *))                                                       \
    FUNCTION(int64_t, g_get_real_time, (void))

#define LODESTAR_VALUE(type, name, value) static const type LODESTAR_##name = value;
LODESTAR_ARAVIS_VALUES(LODESTAR_VALUE)
#undef LODESTAR_VALUE

// The library's functions, each by its own name.
struct lodestar_aravis {
#define LODESTAR_FUNCTION(result, name, arguments) result(*name) arguments;
    LODESTAR_ARAVIS_FUNCTIONS(LODESTAR_FUNCTION)
#undef LODESTAR_FUNCTION
};

// What lies in a GError.
struct lodestar_glib_error {
    uint32_t domain;
    int code;
    char *message;
};

// Loads the library, which then stays, and finds its functions. From any thread, any number of times.
//
// If `file` or one of the functions is not there it returns false, with the loader's own words in `words`.
bool lodestar_aravis_load(const char *file, struct lodestar_aravis *found, char *words,
                          size_t capacity);

// The ArvDeviceError of an error, -1 if it is of another kind, and what it says; frees the error.
int lodestar_aravis_take(const struct lodestar_aravis *aravis, struct _GError *error, char *words,
                         size_t capacity);

#endif
