/*
 * Functions with no bound, no error or hidden state: whoever calls one does not compile. (Included
 * by base.h after the headers that declare them.)
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#define BANNED(name) sorry_##name##_is_banned

#undef strcpy
#define strcpy(a, b) BANNED(strcpy)
#undef strcat
#define strcat(a, b) BANNED(strcat)
#undef strncpy
#define strncpy(a, b, n) BANNED(strncpy)
#undef strncat
#define strncat(a, b, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(a, b) BANNED(strtok)
#undef strtok_r
#define strtok_r(a, b, c) BANNED(strtok_r)
#undef gets
#define gets(a) BANNED(gets)
#undef atoi
#define atoi(a) BANNED(atoi)
#undef atol
#define atol(a) BANNED(atol)
#undef sscanf
#define sscanf(...) BANNED(sscanf)
#undef alloca
#define alloca(n) BANNED(alloca)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef asctime
#define asctime(t) BANNED(asctime)
#undef rand
#define rand() BANNED(rand)
#undef random
#define random() BANNED(random)
#undef system
#define system(c) BANNED(system)

#endif
