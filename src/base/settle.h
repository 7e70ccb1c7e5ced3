/* After the start. */
#ifndef BASE_SETTLE_H
#define BASE_SETTLE_H

/*
 * Gives back what only the start needed: free memory of the heap, and the pages of programs and
 * libraries that nobody may write (code, constants, tables of symbols). Such a page comes back from
 * the file when it is touched again, so nothing is lost, at any time and beside other threads. Call
 * it once.
 */
void settle(void);

#endif
