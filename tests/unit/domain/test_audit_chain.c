/* Whatever is done to the events behind the chain's back is found, and where. */
#include "domain_case.h"

#include "domain/audit.h"
#include "domain/audit_chain.h"

#define EVENTS 6

static enum err
note(struct ctx *cx, void *arg)
{
	const struct uuid *subject = arg;

	return audit_note(cx, "user_locked", subject, NULL, clock_now());
}

static void
fill(struct domain_case *t)
{
	struct uuid subject;

	must(uuid_new(&subject));
	for (int i = 0; i < EVENTS; i++) {
		pass(HOUR);
		must(store_write(&t->cx, note, &subject));
	}
}

static struct audit_report
verified(struct domain_case *t)
{
	struct audit_report report;

	must(audit_verify(&t->cx, &report));
	return report;
}

static void
whole(void **state)
{
	struct domain_case *t = *state;
	struct audit_report report;
	int64_t before = verified(t).events;

	fill(t);
	report = verified(t);
	assert_null(report.wrong);
	assert_int_equal(report.events, before + EVENTS);
	assert_int_equal(report.last_at, case_now);
}

static void
tampered(void **state UNUSED)
{
	static const struct {
		const char *sql, *wrong;
	} rows[] = {
		{"update audit_events set action = 'logout' where seq = 3", "was changed"},
		{"update audit_events set ip = '192.0.2.9' where seq = 3", "was changed"},
		{"update audit_events set at = at + 1 where seq = 3", "was changed"},
		{"update audit_events set subject_id = null where seq = 3", "was changed"},
		{"update audit_events set detail = '{}' where seq = 3", "was changed"},
		{"update audit_events set mac = zeroblob(32) where seq = 3", "was changed"},
		{"delete from audit_events where seq = 3", "is missing"},
		{"delete from audit_events where seq = (select max(seq) from audit_events)",
		 "is missing"},
		{"delete from audit_events", "is missing"},
		{"update audit_events set seq = 1000 where seq = 3", "is missing"},
		{"insert into audit_events (id, at, action, seq, mac) values (randomblob(16), 1, "
		 "'logout', 1000, zeroblob(32))",
		 "stands behind"},
		{"insert into audit_events (id, at, action) values (randomblob(16), 1, 'logout')",
		 "stands outside"},
		{"delete from facts where name like 'audit%'", "is missing or forged"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct domain_case t;
		struct audit_report report;
		bool found;

		domain_case_make(&t, NULL);
		fill(&t);
		assert_null(verified(&t).wrong);
		case_count(&t, rows[i].sql);
		report = verified(&t);
		found = report.wrong && str_has(str_of(report.wrong), str_of(rows[i].wrong));
		if (!found)
			print_error("%s: %s\n", rows[i].sql,
				    report.wrong ? report.wrong : "nothing is told");
		assert_true(found);
		domain_case_end(&t);
	}
}

struct trimming {
	int64_t before, removed;
};

static enum err
trim(struct ctx *cx, void *arg)
{
	struct trimming *a = arg;

	return audit_trim(cx, a->before, 100, &a->removed);
}

static void
trimmed(void **state)
{
	struct domain_case *t = *state;
	struct trimming a;
	int64_t all;

	fill(t);
	all = verified(t).events;
	a.before = case_now - 2 * HOUR;
	must(store_write(&t->cx, trim, &a));
	assert_true(a.removed > 0);
	assert_null(verified(t).wrong);
	assert_int_equal(verified(t).events, all - a.removed);
	fill(t);
	assert_null(verified(t).wrong);
	case_count(t, "delete from audit_events where seq = (select min(seq) from audit_events)");
	assert_non_null(verified(t).wrong);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(whole),
		cmocka_unit_test(tampered),
		ROW(trimmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
