-- part: document_columns
id, user_id, application_id, upload_id, kind, content_type, size, sha256, key, pieces, created_at, erased_at

-- name: kyc_upload_insert
insert into kyc_uploads (id, user_id, created_at) values ($1, $2, $3)

-- name: kyc_upload_count
select count(*) from kyc_uploads where user_id = $1 and created_at >= $2

-- name: kyc_document_insert
insert into kyc_documents ({document_columns}) values ($1, $2, null, $3, $4, $5, $6, $7, $8, $9, $10, null)

-- name: kyc_piece_insert
insert into kyc_pieces (document_id, seq, data)
select kyc_documents.id, cast($2 as bigint), $3 from kyc_documents
where kyc_documents.id = $1 and kyc_documents.upload_id is not null

-- name: kyc_upload_attach
update kyc_documents set application_id = $2, upload_id = null where upload_id = $1

-- name: kyc_upload_delete
delete from kyc_uploads where id = $1

-- name: kyc_document_list
select {document_columns} from kyc_documents where application_id = $1 order by id

-- name: kyc_document_by_id
select {document_columns} from kyc_documents where id = $1 and application_id = $2

-- name: kyc_piece_by_seq
select data from kyc_pieces where document_id = $1 and seq = $2

-- name: kyc_trash_application
insert into kyc_trash (document_id, created_at)
select kyc_documents.id, cast($2 as bigint) from kyc_documents where kyc_documents.application_id = $1
on conflict do nothing

-- name: kyc_documents_erase
update kyc_documents set key = null, erased_at = $2 where application_id = $1 and erased_at is null

-- name: kyc_trash_user
insert into kyc_trash (document_id, created_at)
select kyc_documents.id, cast($2 as bigint) from kyc_documents where kyc_documents.user_id = $1
on conflict do nothing

-- name: kyc_documents_delete_all
delete from kyc_documents where user_id = $1

-- name: kyc_uploads_delete_all
delete from kyc_uploads where user_id = $1

-- name: kyc_applications_delete_all
delete from kyc_applications where user_id = $1

-- name: kyc_trash_upload
insert into kyc_trash (document_id, created_at)
select kyc_documents.id, cast($2 as bigint) from kyc_documents where kyc_documents.upload_id = $1
on conflict do nothing

-- name: kyc_uploads_older
select id from kyc_uploads where created_at < $1 order by created_at limit $2

-- name: kyc_trash_pieces
delete from kyc_pieces where (document_id, seq) in (
	select kyc_pieces.document_id, kyc_pieces.seq from kyc_pieces
	join kyc_trash on kyc_trash.document_id = kyc_pieces.document_id
	limit cast($1 as bigint))

-- name: kyc_trash_empty
delete from kyc_trash where not exists (
	select 1 from kyc_pieces where kyc_pieces.document_id = kyc_trash.document_id)
