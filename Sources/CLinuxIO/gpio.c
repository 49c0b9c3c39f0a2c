// One shape over both interfaces of libgpiod, which have no function in common but three.
#include "gpio.h"

#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

// The library has no version macro; this one went with its first interface.
#ifdef GPIOD_LINE_BULK_MAX_LINES
#define LODESTAR_GPIOD_1 1
#endif

static void copy_name(char *to, const char *from) {
    memset(to, 0, LODESTAR_GPIO_NAME);
    if (from) strncpy(to, from, LODESTAR_GPIO_NAME - 1);
}

// The error of a call that failed; never 0.
static int failure(void) { return errno ? errno : EIO; }

#if LODESTAR_GPIOD_1

struct lodestar_gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    int descriptor;
};

const char *lodestar_gpio_version(void) { return gpiod_version_string(); }

int lodestar_gpio_chip_at(const char *path, struct lodestar_gpio_chip *found) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return failure();
    copy_name(found->name, gpiod_chip_name(chip));
    copy_name(found->label, gpiod_chip_label(chip));
    found->lines = gpiod_chip_num_lines(chip);
    gpiod_chip_close(chip);
    return 0;
}

int lodestar_gpio_line_at(const char *path, uint32_t offset, struct lodestar_gpio_info *info) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return failure();
    struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
    int error = line ? 0 : failure();
    if (line) {
        copy_name(info->name, gpiod_line_name(line));
        copy_name(info->consumer, gpiod_line_consumer(line));
        info->is_used = gpiod_line_is_used(line);
        info->is_output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
        info->is_active_low = gpiod_line_active_state(line) == GPIOD_LINE_ACTIVE_STATE_LOW;
    }
    gpiod_chip_close(chip);
    return error;
}

static int request_flags(const struct lodestar_gpio_request *request) {
    int flags = request->is_active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    switch (request->bias) {
    case LODESTAR_GPIO_BIAS_AS_IS: break;
    case LODESTAR_GPIO_BIAS_DISABLED: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE; break;
    case LODESTAR_GPIO_BIAS_PULL_UP: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP; break;
    case LODESTAR_GPIO_BIAS_PULL_DOWN: flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN; break;
    }
    return flags;
}

static int request_type(const struct lodestar_gpio_request *request) {
    if (request->is_output) return GPIOD_LINE_REQUEST_DIRECTION_OUTPUT;
    switch (request->edges) {
    case LODESTAR_GPIO_EDGES_RISING: return GPIOD_LINE_REQUEST_EVENT_RISING_EDGE;
    case LODESTAR_GPIO_EDGES_FALLING: return GPIOD_LINE_REQUEST_EVENT_FALLING_EDGE;
    case LODESTAR_GPIO_EDGES_BOTH: return GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
    default: return GPIOD_LINE_REQUEST_DIRECTION_INPUT;
    }
}

int lodestar_gpio_take(const char *path, const struct lodestar_gpio_request *request,
                       const char *consumer, struct lodestar_gpio_line **taken) {
    struct lodestar_gpio_line *held = calloc(1, sizeof *held);
    if (!held) return ENOMEM;
    int error = 0;
    held->descriptor = -1;
    held->chip = gpiod_chip_open(path);
    if (held->chip) held->line = gpiod_chip_get_line(held->chip, request->offset);
    if (!held->line) error = failure();
    struct gpiod_line_request_config config = {
        .consumer = consumer,
        .request_type = request_type(request),
        .flags = request_flags(request),
    };
    if (!error && gpiod_line_request(held->line, &config, request->active) != 0)
        error = failure();
    if (error) {
        if (held->chip) gpiod_chip_close(held->chip);
        free(held);
        return error;
    }
    if (!request->is_output && request->edges != LODESTAR_GPIO_EDGES_NONE)
        held->descriptor = gpiod_line_event_get_fd(held->line);
    *taken = held;
    return 0;
}

int lodestar_gpio_get(struct lodestar_gpio_line *held, int *is_active) {
    int value = gpiod_line_get_value(held->line);
    if (value < 0) return failure();
    *is_active = value;
    return 0;
}

int lodestar_gpio_set(struct lodestar_gpio_line *held, int is_active) {
    return gpiod_line_set_value(held->line, is_active) == 0 ? 0 : failure();
}

int lodestar_gpio_next_edge(struct lodestar_gpio_line *held, struct lodestar_gpio_edge *edge) {
    struct gpiod_line_event event;
    if (gpiod_line_event_read(held->line, &event) != 0) return failure();
    edge->time = (int64_t)event.ts.tv_sec * 1000000000 + event.ts.tv_nsec;
    edge->is_active = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    edge->lost = 0;
    return 0;
}

void lodestar_gpio_release(struct lodestar_gpio_line *held) {
    gpiod_line_release(held->line);
    gpiod_chip_close(held->chip);
    free(held);
}

#else

struct lodestar_gpio_line {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    unsigned int offset;
    int descriptor;
    unsigned long sequence;
};

// More than the 16 that the kernel would hold by itself: half a second of a line at 100 Hz.
enum { event_capacity = 64 };

const char *lodestar_gpio_version(void) { return gpiod_api_version(); }

int lodestar_gpio_chip_at(const char *path, struct lodestar_gpio_chip *found) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return failure();
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    int error = info ? 0 : failure();
    if (info) {
        copy_name(found->name, gpiod_chip_info_get_name(info));
        copy_name(found->label, gpiod_chip_info_get_label(info));
        found->lines = (uint32_t)gpiod_chip_info_get_num_lines(info);
        gpiod_chip_info_free(info);
    }
    gpiod_chip_close(chip);
    return error;
}

int lodestar_gpio_line_at(const char *path, uint32_t offset, struct lodestar_gpio_info *found) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (!chip) return failure();
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
    int error = info ? 0 : failure();
    if (info) {
        copy_name(found->name, gpiod_line_info_get_name(info));
        copy_name(found->consumer, gpiod_line_info_get_consumer(info));
        found->is_used = gpiod_line_info_is_used(info);
        found->is_output = gpiod_line_info_get_direction(info) == GPIOD_LINE_DIRECTION_OUTPUT;
        found->is_active_low = gpiod_line_info_is_active_low(info);
        gpiod_line_info_free(info);
    }
    gpiod_chip_close(chip);
    return error;
}

static enum gpiod_line_bias bias_of(const struct lodestar_gpio_request *request) {
    switch (request->bias) {
    case LODESTAR_GPIO_BIAS_DISABLED: return GPIOD_LINE_BIAS_DISABLED;
    case LODESTAR_GPIO_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
    case LODESTAR_GPIO_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
    default: return GPIOD_LINE_BIAS_AS_IS;
    }
}

static enum gpiod_line_edge edges_of(const struct lodestar_gpio_request *request) {
    switch (request->edges) {
    case LODESTAR_GPIO_EDGES_RISING: return GPIOD_LINE_EDGE_RISING;
    case LODESTAR_GPIO_EDGES_FALLING: return GPIOD_LINE_EDGE_FALLING;
    case LODESTAR_GPIO_EDGES_BOTH: return GPIOD_LINE_EDGE_BOTH;
    default: return GPIOD_LINE_EDGE_NONE;
    }
}

// Fills in how the line is to be held; 0 or an error.
static int configure(struct gpiod_line_settings *settings, struct gpiod_line_config *lines,
                     const struct lodestar_gpio_request *request) {
    enum gpiod_line_direction direction =
        request->is_output ? GPIOD_LINE_DIRECTION_OUTPUT : GPIOD_LINE_DIRECTION_INPUT;
    enum gpiod_line_value value =
        request->active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    enum gpiod_line_edge edges =
        request->is_output ? GPIOD_LINE_EDGE_NONE : edges_of(request);
    unsigned int offset = request->offset;
    gpiod_line_settings_set_active_low(settings, request->is_active_low != 0);
    if (gpiod_line_settings_set_direction(settings, direction) != 0
        || gpiod_line_settings_set_bias(settings, bias_of(request)) != 0
        || gpiod_line_settings_set_edge_detection(settings, edges) != 0
        || gpiod_line_settings_set_output_value(settings, value) != 0
        || gpiod_line_config_add_line_settings(lines, &offset, 1, settings) != 0)
        return failure();
    return 0;
}

static int request_line(struct gpiod_chip *chip, const struct lodestar_gpio_request *request,
                        const char *consumer, struct gpiod_line_request **taken) {
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *how = gpiod_request_config_new();
    int error = settings && lines && how ? configure(settings, lines, request) : ENOMEM;
    if (!error) {
        gpiod_request_config_set_consumer(how, consumer);
        gpiod_request_config_set_event_buffer_size(how, event_capacity);
        *taken = gpiod_chip_request_lines(chip, how, lines);
        if (!*taken) error = failure();
    }
    if (how) gpiod_request_config_free(how);
    if (lines) gpiod_line_config_free(lines);
    if (settings) gpiod_line_settings_free(settings);
    return error;
}

int lodestar_gpio_take(const char *path, const struct lodestar_gpio_request *request,
                       const char *consumer, struct lodestar_gpio_line **taken) {
    struct lodestar_gpio_line *held = calloc(1, sizeof *held);
    if (!held) return ENOMEM;
    held->offset = request->offset;
    held->descriptor = -1;
    int has_edges = !request->is_output && request->edges != LODESTAR_GPIO_EDGES_NONE;
    struct gpiod_chip *chip = gpiod_chip_open(path);
    int error = chip ? request_line(chip, request, consumer, &held->request) : failure();
    // The request lives on without the chip.
    if (chip) gpiod_chip_close(chip);
    if (!error && has_edges) {
        held->events = gpiod_edge_event_buffer_new(1);
        if (!held->events) error = failure();
        held->descriptor = gpiod_line_request_get_fd(held->request);
    }
    if (error) {
        if (held->request) gpiod_line_request_release(held->request);
        free(held);
        return error;
    }
    *taken = held;
    return 0;
}

int lodestar_gpio_get(struct lodestar_gpio_line *held, int *is_active) {
    enum gpiod_line_value value = gpiod_line_request_get_value(held->request, held->offset);
    if (value == GPIOD_LINE_VALUE_ERROR) return failure();
    *is_active = value == GPIOD_LINE_VALUE_ACTIVE;
    return 0;
}

int lodestar_gpio_set(struct lodestar_gpio_line *held, int is_active) {
    enum gpiod_line_value value =
        is_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_value(held->request, held->offset, value) == 0 ? 0 : failure();
}

int lodestar_gpio_next_edge(struct lodestar_gpio_line *held, struct lodestar_gpio_edge *edge) {
    int count = gpiod_line_request_read_edge_events(held->request, held->events, 1);
    if (count < 0) return failure();
    struct gpiod_edge_event *event =
        count > 0 ? gpiod_edge_event_buffer_get_event(held->events, 0) : NULL;
    if (!event) return EIO;
    unsigned long sequence = gpiod_edge_event_get_line_seqno(event);
    edge->time = (int64_t)gpiod_edge_event_get_timestamp_ns(event);
    edge->is_active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    // Counted from 1, in 32 bits.
    edge->lost = (uint32_t)sequence - (uint32_t)held->sequence - 1;
    held->sequence = sequence;
    return 0;
}

void lodestar_gpio_release(struct lodestar_gpio_line *held) {
    gpiod_line_request_release(held->request);
    if (held->events) gpiod_edge_event_buffer_free(held->events);
    free(held);
}

#endif

int lodestar_gpio_descriptor(struct lodestar_gpio_line *held) { return held->descriptor; }
