/* Every mistake is told at once, since who comes with papers has taken trouble. */
#include "domain/kyc_form.h"

#include "base/clock.h"
#include "base/config.h"
#include "domain/policy.h"

#define NUMBER_MAX 64
#define OLDEST 130 /* years */

static const char countries[] =
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
	"BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
	"DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
	"GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
	"KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
	"MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
	"PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
	"SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
	"VN VU WF WS YE YT ZA ZM ZW";

static const struct str document_types[] = {
	S("passport"),
	S("national_id"),
	S("driving_licence"),
	S("residence_permit"),
};

bool
country_known(struct str code)
{
	if (code.n != 2)
		return false;
	for (const char *at = countries; at < countries + sizeof(countries) - 2; at += 3)
		if (at[0] == code.p[0] && at[1] == code.p[1])
			return true;
	return false;
}

static int64_t
number_at(struct str s, size_t at, size_t n)
{
	int64_t v = 0;

	return str_int((struct str){s.p + at, n}, &v) ? v : 0;
}

int64_t
age_of(struct str born, int64_t now)
{
	char text[RFC3339_ROOM], today[RFC3339_ROOM];
	int64_t at, years;

	if (born.n != sizeof("1990-02-28") - 1 || born.p[0] == '-')
		return -1;
	(void)snprintf(text, sizeof(text), "%.*sT00:00:00Z", STR_ARG(born));
	if (!time_parse(str_of(text), &at) || at > now)
		return -1;
	time_format(today, now);
	years = number_at(str_of(today), 0, 4) - number_at(born, 0, 4);
	return memcmp(born.p + 4, today + 4, 6) > 0 ? years - 1 : years;
}

static const char *
birth_wrong(struct ctx *cx, struct str born)
{
	int64_t age = age_of(born, clock_now());

	if (age < 0 || age > OLDEST)
		return "Give the date as in 1990-02-28.";
	return age < cx->config->kyc_minimum_age ? "You are too young for this." : NULL;
}

static const char *
name_wrong(struct ctx *cx UNUSED, struct str name)
{
	return check_full_name(name);
}

static const char *
country_wrong(struct ctx *cx UNUSED, struct str code)
{
	return country_known(code) ? NULL : "Give the country as in ES (ISO 3166-1 alpha-2).";
}

static const char *
type_wrong(struct ctx *cx UNUSED, struct str type)
{
	for (size_t i = 0; i < ARRAY_LEN(document_types); i++)
		if (str_eq(type, document_types[i]))
			return NULL;
	return "Use passport, national_id, driving_licence or residence_permit.";
}

static const char *
number_wrong(struct ctx *cx UNUSED, struct str number)
{
	if (number.n == 0 || !utf8_valid(number) || utf8_has_control(number) ||
	    utf8_length(number) > NUMBER_MAX)
		return "Use 1 to 64 printable characters.";
	return NULL;
}

static void
check_texts(struct ctx *cx, const struct kyc_submit_in *in, bool first)
{
	const struct {
		const char *name;
		struct str value;
		const char *(*wrong)(struct ctx *cx, struct str value);
		bool required;
	} rows[] = {
		{"full_name", in->full_name, name_wrong, true},
		{"date_of_birth", in->date_of_birth, birth_wrong, true},
		{"country", in->country, country_wrong, true},
		{"document_type", in->document_type, type_wrong, true},
		{"document_number", in->document_number, number_wrong, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *wrong = NULL;

		if (!str_absent(rows[i].value))
			wrong = rows[i].wrong(cx, rows[i].value);
		else if (rows[i].required && first)
			wrong = "This field is required.";
		if (wrong)
			(void)fail_field(cx, rows[i].name, wrong);
	}
}

static bool
is_sent(const struct list *papers, struct str kind)
{
	const struct kyc_paper *v = papers->v;

	for (size_t i = 0; i < papers->n; i++)
		if (str_eq(v[i].kind, kind))
			return true;
	return false;
}

static bool
is_kind(struct str kind)
{
	for (size_t i = 0; i < KYC_KINDS; i++)
		if (str_eq(kind, kyc_kinds[i]))
			return true;
	return false;
}

static void
check_papers(struct ctx *cx, const struct list *papers, struct str_list wanted, bool first)
{
	const struct kyc_paper *v = papers->v;

	for (size_t i = 0; i < wanted.n; i++)
		if (!is_sent(papers, wanted.v[i]))
			(void)fail_field(cx, str_z(cx->arena, wanted.v[i]),
					 "This paper is required.");
	for (size_t i = 0; i < papers->n; i++) {
		if (!is_kind(v[i].kind))
			(void)fail_field(cx, "documents", "Use the kinds front, back and selfie.");
		else if (!first && !list_has(wanted, v[i].kind))
			(void)fail_field(cx, str_z(cx->arena, v[i].kind),
					 "This paper was not asked for.");
	}
	if (papers->n > KYC_PAPERS_MOST)
		(void)fail_field(cx, "documents", "Send at most 5 papers.");
}

enum err
kyc_form_check(struct ctx *cx, const struct kyc_submit_in *in, struct str asked)
{
	bool first = str_absent(asked);

	check_texts(cx, in, first);
	check_papers(cx, &in->papers, kyc_words(cx, first ? kyc_kinds[0] : asked), first);
	return cx->fault.fields ? ERR_INVALID : OK;
}
