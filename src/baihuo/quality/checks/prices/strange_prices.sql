-- Events with a price that is not their listing's, in a log where nearly all are; and
-- whether others saw the listing, and nobody else this price of the product. Left alone
-- are those that are far (far_event_prices.sql), the price of the whole line, or of a
-- platform and day where most are off (shifted_prices.sql).
--
-- {rows}      priced events, with query_id and position
-- {max_share} of the priced events: more, and the shop has other prices than its list
-- {min_ratio} times off is far
-- {min_rows}  of a platform and day, fewer prove nothing
with
    listed as materialized(
        select
            e.import_id,
            e.line,
            e.product_id,
            e.visitor_id,
            e.query_id,
            e.position,
            e.quantity,
            coalesce(e.platform, '') as platform,
            divide(e.occurred_at_us, 86400000000) as day,
            e.price_minor as price,
            p.price_minor as listing,
            p.currency,
            e.price_minor = p.price_minor as is_listing
        from {rows} as e
        join
            products as p
            on p.product_id = e.product_id
            and p.currency is not distinct from e.currency
        where p.price_minor > 0 and e.price_minor > 0
    ),
    shifted_days as (
        select platform, unnest([day - 1, day, day + 1]) as day
        from listed
        group by platform, listed.day
        having count(*) >= {min_rows} and count(*) filter (is_listing) <= 0.2 * count(*)
    ),
    strange as materialized(
        select *
        from listed
        where
            not is_listing
            and (select count(*) filter (not is_listing) from listed)
            <= {max_share} * (select count(*) from listed)
            and abs(ln(price / listing)) < ln({min_ratio}) - 0.01
            and price <> coalesce(quantity, 1) * listing
    ),
    seen as (
        select
            s.import_id,
            s.line,
            bool_or(l.is_listing) as has_witness,
            bool_or(l.price = s.price) as is_seen_again
        from strange as s
        join
            listed as l
            on l.product_id = s.product_id
            and l.currency is not distinct from s.currency
            and l.visitor_id <> s.visitor_id
        group by all
    )
select
    s.*,
    -- of one that nobody else saw, or somebody else, too, the listing may be old
    coalesce(has_witness and not is_seen_again, false) as is_alone
from strange as s
left join seen using (import_id, line)
anti join shifted_days as d on d.platform = s.platform and d.day = s.day
