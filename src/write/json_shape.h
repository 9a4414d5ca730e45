/*
 * Interface for the small parts that schemas of the report are made of. All
 * return a new reference, or NULL without memory.
 */
#ifndef TCPCLOSE_WRITE_JSON_SHAPE_H
#define TCPCLOSE_WRITE_JSON_SHAPE_H

#include <jansson.h>

json_t *shape_count(void);  /* an integer from 0 on */
json_t *shape_number(void); /* any number from 0 on */
json_t *shape_text(void);

/* An object with all of these properties and no others; takes them over. */
json_t *shape_closed(json_t *properties);

#endif
