-- How many visitors did something lately with products of a category and brand.
-- {from_us} from when on
-- {did} the events, as SQL texts
-- {category} with a separator behind it, as SQL text; empty: any
-- {separator} between the levels of a category
-- {brand} in small letters, as SQL text; empty: any
select count(distinct visitor_id) as n
from events
join products using (product_id)
where
    visitor_id <> ''
    and event_type in ({did})
    and occurred_at_us > {from_us}
    and starts_with(coalesce(category, '') || '{separator}', {category})
    and {brand} in ('', lower(brand))
