// Compiles only if our declarations of Aravis (Sources/CAravis) are those of the library's headers.
#include <arv.h>

#include "CAravis.h"

#define LODESTAR_FUNCTION(result, name, arguments)                                          \
    _Static_assert(__builtin_types_compatible_p(__typeof__(&name), result(*) arguments), \
                   #name " is declared otherwise by the library");
LODESTAR_ARAVIS_FUNCTIONS(LODESTAR_FUNCTION)

#define LODESTAR_VALUE(type, name, value) \
    _Static_assert((long)(name) == (value), #name " has another value in the library");
LODESTAR_ARAVIS_VALUES(LODESTAR_VALUE)

#define FIELD(field)                                                                              \
    _Static_assert(offsetof(GError, field) == offsetof(struct lodestar_glib_error, field)         \
                       && __builtin_types_compatible_p(                                           \
                           __typeof__(((GError *)0)->field),                                      \
                           __typeof__(((struct lodestar_glib_error *)0)->field)),                 \
                   "GError." #field " lies elsewhere in the library");
FIELD(domain)
FIELD(code)
FIELD(message)
