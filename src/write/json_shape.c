#include "write/json_shape.h"

json_t *shape_count(void)
{
	return json_pack("{s:s,s:i}", "type", "integer", "minimum", 0);
}

json_t *shape_number(void)
{
	return json_pack("{s:s,s:i}", "type", "number", "minimum", 0);
}

json_t *shape_text(void)
{
	return json_pack("{s:s}", "type", "string");
}

json_t *shape_closed(json_t *properties)
{
	json_t *required = json_array();
	const char *name;
	json_t *property;
	json_object_foreach(properties, name, property)
	{
		json_array_append_new(required, json_string(name));
	}
	return json_pack("{s:s,s:o,s:o,s:b}", "type", "object", "properties",
	                 properties, "required", required,
	                 "additionalProperties", 0);
}
