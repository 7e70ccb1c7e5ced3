/* The configuration file: any bytes are either read or refused in words, and what was read can be
 * printed. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

/* A file of these bytes without a disk; the caller closes it. */
static int
file_of(const uint8_t *data, size_t size, char path[static 32])
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config;
	struct buf problems, warnings;
	int64_t number;
	char path[32];
	int fd = file_of(data, size, path);

	buf_init(&problems, FUZZ_TEXT);
	buf_init(&warnings, FUZZ_TEXT);
	if (config_read(&config, path, NULL, &problems, &warnings) == OK) {
		buf_clear(&problems);
		config_print(&config, &problems);
		config_release(&config);
	} else {
		require(problems.n > 0);
	}
	(void)duration_parse(fuzz_text(data, size), &number);
	(void)size_parse(fuzz_text(data, size), &number);
	buf_release(&problems);
	buf_release(&warnings);
	close(fd);
	return 0;
}
