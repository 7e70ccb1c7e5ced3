/* After the start. */
#ifndef BASE_SETTLE_H
#define BASE_SETTLE_H

/*
 * Gives back what only the start needed: free memory of the heap, and the pages of programs and
 * libraries that nobody may write (code, constants, tables of symbols) or has written. Such a page
 * comes back from the file when it is touched again, most often out of the system's cache, so
 * nothing is lost, at any time and beside other threads.
 */
void settle(void);

#endif
