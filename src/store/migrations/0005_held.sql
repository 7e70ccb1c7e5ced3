-- Stands in for the migration of another branch.
create table held_five (x {int}){strict};
