// Digital lines of the kernel, the same over libgpiod 1.5 to 1.6 and 2.x.
//
// Functions return 0 or an error number of errno.h. Levels are logical: 1 is active.
#ifndef LODESTAR_GPIO_H
#define LODESTAR_GPIO_H

#include <stdint.h>

// Bytes of a name with its zero, as the kernel holds it (GPIO_MAX_NAME_SIZE).
#define LODESTAR_GPIO_NAME 32

// One chip.
struct lodestar_gpio_chip {
    // Such as gpiochip0.
    char name[LODESTAR_GPIO_NAME];
    // What its driver calls it.
    char label[LODESTAR_GPIO_NAME];
    // Lines, numbered from 0.
    uint32_t lines;
};

// What the kernel knows of one line, whoever holds it.
struct lodestar_gpio_info {
    // Empty if it has none.
    char name[LODESTAR_GPIO_NAME];
    // Who holds it; empty if nobody, or somebody without a name.
    char consumer[LODESTAR_GPIO_NAME];
    int is_used;
    int is_output;
    int is_active_low;
};

enum lodestar_gpio_bias {
    LODESTAR_GPIO_BIAS_AS_IS,
    LODESTAR_GPIO_BIAS_DISABLED,
    LODESTAR_GPIO_BIAS_PULL_UP,
    LODESTAR_GPIO_BIAS_PULL_DOWN
};

enum lodestar_gpio_edges {
    LODESTAR_GPIO_EDGES_NONE,
    LODESTAR_GPIO_EDGES_RISING,
    LODESTAR_GPIO_EDGES_FALLING,
    LODESTAR_GPIO_EDGES_BOTH
};

// How a line is to be held.
struct lodestar_gpio_request {
    uint32_t offset;
    // 1 for an output; `active` is then its first level.
    int is_output;
    int active;
    int is_active_low;
    enum lodestar_gpio_bias bias;
    // For inputs.
    enum lodestar_gpio_edges edges;
};

// One change of level, logical.
struct lodestar_gpio_edge {
    // CLOCK_MONOTONIC, ns.
    int64_t time;
    int is_active;
    // Edges counted by the kernel since the one before that never came; 0 with libgpiod 1.x.
    uint32_t lost;
};

// A line that is held.
struct lodestar_gpio_line;

// The library's own version, such as 1.6.3.
const char *lodestar_gpio_version(void);

int lodestar_gpio_chip_at(const char *path, struct lodestar_gpio_chip *chip);

int lodestar_gpio_line_at(const char *path, uint32_t offset, struct lodestar_gpio_info *info);

// Takes a line for `consumer`; EBUSY if somebody holds it.
int lodestar_gpio_take(const char *path, const struct lodestar_gpio_request *request,
                       const char *consumer, struct lodestar_gpio_line **line);

int lodestar_gpio_get(struct lodestar_gpio_line *line, int *is_active);

int lodestar_gpio_set(struct lodestar_gpio_line *line, int is_active);

// What becomes readable with an edge; -1 if edges were not asked for.
int lodestar_gpio_descriptor(struct lodestar_gpio_line *line);

// Takes the oldest edge; waits if there is none.
int lodestar_gpio_next_edge(struct lodestar_gpio_line *line, struct lodestar_gpio_edge *edge);

// Lets the line go at the level that it has.
void lodestar_gpio_release(struct lodestar_gpio_line *line);

#endif
