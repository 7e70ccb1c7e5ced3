/* What must be said to OpenSSL before anybody uses it. */
#ifndef CRYPTO_CRYPTO_START_H
#define CRYPTO_CRYPTO_START_H

/* First of all in a process, on its only thread. */
void crypto_start(void);

#endif
