/* Behind the part of the start that needs the most. */
#ifndef BASE_SETTLE_H
#define BASE_SETTLE_H

/*
 * Gives back what only the start needed: free memory of the heap, and the pages of programs and
 * libraries that nobody may write (code, constants, tables of symbols) or has written. Such a page
 * comes back from the file when it is touched again, most often out of the system's cache. No other
 * thread may be loading a library meanwhile (dlopen): what it has just mapped is not written yet
 * when it is looked at, and may be when it is given back.
 */
void settle(void);

#endif
