-- Pages that may have two rows at one position, or one product at two.
select query_id
from page_profiles
group by query_id
having
    count(*) > 1
    or bool_or(n_distinct_below_120 < n_below_120)
    or bool_or(n_distinct_products < n_with_position)
