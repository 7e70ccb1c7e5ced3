-- name: kyc_event_insert
insert into kyc_events (id, event_id, webhook_id, application_id, status, reason, outcome, occurred_at, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing

-- name: kyc_event_set_outcome
update kyc_events set outcome = $2 where id = $1
