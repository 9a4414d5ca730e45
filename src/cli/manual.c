/* --manual: placeholder. */
#include "cli/actions.h"
int act_manual(const struct options *options, const struct kinds *kinds)
{
	(void)options;
	(void)kinds;
	return 0;
}
