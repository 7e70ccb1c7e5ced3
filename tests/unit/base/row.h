/* Ends a test with the row that failed. (cmocka's fail_msg calls cmocka's fail, a name that is
 * ours.) */
#ifndef TESTS_UNIT_ROW_H
#define TESTS_UNIT_ROW_H

#include "../unit.h"

#define fail_row(...)                                                                              \
	do {                                                                                       \
		print_error(__VA_ARGS__);                                                          \
		print_error("\n");                                                                 \
		_fail(__FILE__, __LINE__);                                                         \
	} while (0)

#endif
