-- Outcomes whose page has no impression among the rows left: few, and read closely.
select * from page_outcomes anti join page_profiles using (query_id)
