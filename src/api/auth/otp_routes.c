/* The rows and bodies of one-time codes. The numbers are the seed's. */
#include "api/auth/otp_routes.h"

#include "api/auth/auth_shapes.h"
#include "domain/otp.h"

OP(op_otp_send, otp_send, struct otp_send_in, struct otp_sent)
OP(op_otp_verify, otp_verify, struct otp_verify_in, struct sign_in)

static const struct field send_in[] = {
	{"channel", FIELD_WORD, FIELD_REQUIRED, AT(struct otp_send_in, channel)},
	{"purpose", FIELD_WORD, FIELD_NULLABLE, AT(struct otp_send_in, purpose)},
	{"phone", FIELD_PHONE, FIELD_NULLABLE, AT(struct otp_send_in, phone)},
	{"email", FIELD_EMAIL, FIELD_NULLABLE, AT(struct otp_send_in, email)},
	{"password", FIELD_PASSWORD, FIELD_NULLABLE, AT(struct otp_send_in, password)},
};
static const struct shape otp_send_shape = SHAPE("AuthOtpSend", struct otp_send_in, send_in);

static const struct field sent[] = {
	{"challenge_id", FIELD_UUID, 0, AT(struct otp_sent, challenge_id)},
	{"channel", FIELD_TEXT, 0, AT(struct otp_sent, channel)},
	{"expires_in", FIELD_INTEGER, 0, AT(struct otp_sent, expires_in)},
};
static const struct shape otp_sent_shape = SHAPE("AuthOtpSent", struct otp_sent, sent);

static const struct field verify_in[] = {
	{"challenge_id", FIELD_TOKEN, FIELD_ONE_OF | FIELD_NULLABLE,
	 AT(struct otp_verify_in, challenge_id)},
	{"phone", FIELD_PHONE, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct otp_verify_in, phone)},
	{"email", FIELD_EMAIL, FIELD_ONE_OF | FIELD_NULLABLE, AT(struct otp_verify_in, email)},
	{"code", FIELD_CODE, FIELD_REQUIRED, AT(struct otp_verify_in, code)},
	{"device_id", FIELD_DEVICE_ID, FIELD_NULLABLE, AT(struct otp_verify_in, device_id)},
	{"device_name", FIELD_DEVICE_NAME, FIELD_NULLABLE, AT(struct otp_verify_in, device_name)},
};
static const struct shape otp_verify_shape =
	SHAPE("AuthOtpVerify", struct otp_verify_in, verify_in);

static int
choose(const void *out)
{
	const struct sign_in *s = out;

	return s->has_tokens ? 0 : 1;
}

static const struct route routes[] = {
	/* 7 */
	{.method = METHOD_POST,
	 .path = "/auth/otp/send",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_OTP_SEND,
	 .needs = NEED_NO_FACTOR,
	 .in = &otp_send_shape,
	 .op = op_otp_send,
	 .out_size = sizeof(struct otp_sent),
	 .answers = {{200, &otp_sent_shape}},
	 .errors = {ERR_INVALID, ERR_TOKEN, ERR_NOT_SIGNED_IN, ERR_EMAIL_NOT_VERIFIED,
		    ERR_REAUTHENTICATION, ERR_MFA_ENROLLMENT, ERR_PHONE_IS_FACTOR},
	 .operation = "otp_send",
	 .file = "domain/otp_send.c",
	 .summary = "Send a code: to sign in, or to prove a phone or an e-mail"},
	/* 8 */
	{.method = METHOD_POST,
	 .path = "/auth/otp/verify",
	 .access = ACCESS_OPTIONAL,
	 .limit = THROTTLE_OTP_VERIFY,
	 .needs = NEED_NO_FACTOR,
	 .in = &otp_verify_shape,
	 .op = op_otp_verify,
	 .out_size = sizeof(struct sign_in),
	 .answers = {{200, &auth_sign_in}, {200, &auth_sign_up_bare}},
	 .choose = choose,
	 .errors = {ERR_INVALID, ERR_INVALID_CODE, ERR_TOKEN, ERR_MFA_REQUIRED, ERR_DEVICE_BLOCKED,
		    ERR_ALREADY_VERIFIED, ERR_PHONE_TAKEN, ERR_PHONE_IS_FACTOR},
	 .operation = "otp_verify",
	 .file = "domain/otp_verify.c",
	 .summary = "Give the code: signs in, or proves the phone or the e-mail"},
};

const struct surface otp_surface = {
	.name = "auth",
	.title = "Surface auth: one-time codes",
	.routes = routes,
	.n = ARRAY_LEN(routes),
};
