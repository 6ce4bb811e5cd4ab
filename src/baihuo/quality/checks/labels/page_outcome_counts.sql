-- Pages with an outcome at another position than its impression, and how many of their
-- outcomes have a position.
select query_id, count(position) as n_with_position
from page_outcomes
semi join
    (
        select query_id from doubtful_outcomes where reported <> impression_position
    ) using (query_id)
where product_id is not null
group by query_id
