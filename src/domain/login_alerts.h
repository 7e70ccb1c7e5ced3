/* Sign-ins from where their account's owner was not expected. */
#ifndef DOMAIN_LOGIN_ALERTS_H
#define DOMAIN_LOGIN_ALERTS_H

#include "store/record.h"
#include "store/session.h"

#define ALERT_SPEED 900.0    /* km/h: faster than an airliner */
#define ALERT_DISTANCE 200.0 /* km: nearer places are not told apart */

/*
 * Inside a store_write, before l is stored: fills in its place, and with `right` (the secret was
 * right, whatever came of it) looks whether its owner could be there. If not: l's alert, an audit
 * event, and a notice to the owner.
 */
MUST_CHECK enum err login_alert(struct ctx *cx, struct login_record *l, bool right);

/* Inside a store_write, before s and its device are stored: with alerts.new_device, a notice when
 * the device was never seen. */
MUST_CHECK enum err new_device_alert(struct ctx *cx, const struct session *s, struct str name);

#endif
