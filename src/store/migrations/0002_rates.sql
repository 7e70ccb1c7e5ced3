-- How fast clients ask, kept by all servers together: a keyed hash of whom, and when the last of what was taken
-- would have been due. A crash of the database may forget it.

create {unlogged}table rates (
	key {blob} primary key not null,
	due {int} not null
){strict};
