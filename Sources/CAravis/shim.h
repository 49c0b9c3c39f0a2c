// Aravis, and those of its values whose macros Swift cannot import.
#include <arv.h>

static const unsigned int lodestar_mono_8 = 0x01080001u;
static const unsigned int lodestar_mono_10 = 0x01100003u;
static const unsigned int lodestar_mono_12 = 0x01100005u;
static const unsigned int lodestar_mono_16 = 0x01100007u;

// The code of an error if it is one of Aravis's devices, -1 of another kind; frees the error.
static inline int lodestar_take_error(GError *error, char *text, int capacity) {
    int code = error->domain == ARV_DEVICE_ERROR ? error->code : -1;
    g_strlcpy(text, error->message, (gsize)capacity);
    g_error_free(error);
    return code;
}

// No raw sockets for the stream: they need rights, and see nothing on the loop-back interface.
static inline void lodestar_disable_packet_socket(ArvCamera *camera) {
    arv_camera_gv_set_stream_options(camera, ARV_GV_STREAM_OPTION_PACKET_SOCKET_DISABLED);
}
