-- What the impressions of a page say of the products that have outcomes: query_id,
-- product_id, lowest and highest position and propensity, when it was first shown and
-- received.
--
-- {rows} the events left
select
    query_id,
    product_id,
    min(r.position) as min_position,
    max(r.position) as max_position,
    min(r.propensity) as min_propensity,
    max(r.propensity) as max_propensity,
    min(r.occurred_at_us) as impression_us,
    min(r.received_at_us) as impression_received_us
from {rows} as r
semi join page_outcomes using (query_id, product_id)
where event_type = 'impression' and query_id is not null and product_id is not null
group by query_id, product_id
