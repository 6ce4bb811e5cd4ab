-- Listings of likely and certain pairs with their priority: 0 for the listing that
-- would stay before any other. The one with most fields filled in stays; of equal
-- ones the one that sold and was seen most, then the oldest.
select
    n,
    import_id,
    line,
    c.product_id,
    row_number() over (
        order by
            n_filled desc,
            coalesce(n_purchases, 0) desc,
            coalesce(n_events, 0) desc,
            released_at_us nulls last,
            c.product_id,
            import_id,
            line
    )
    - 1 as priority
from candidate_listings as c
left join counts using (product_id)
