-- Stands in for the migration of another branch.
create table held_four (x {int}){strict};
