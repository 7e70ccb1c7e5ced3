/* Apart from domain_case.h, since what stands behind the store's driver is not for its tests. */
#include "store/driver.h"

enum err case_exec(struct ctx *cx, void *text);

enum err
case_exec(struct ctx *cx, void *text)
{
	return cx->db->driver->exec(cx->db, text);
}
