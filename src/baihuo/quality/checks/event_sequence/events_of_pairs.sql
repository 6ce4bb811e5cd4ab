-- Views, purchases and cancels of each visitor and product with a purchase or cancel
-- here: import_id, line, visitor_id, product_id, platform, event_type, occurred_at_us,
-- units, is_here (not of an earlier range of days).
-- {rows}    the events left
-- {earlier} the same rows of earlier ranges of days, or none
select *
from
    (
        select *, true as is_here
        from {rows}
        semi join pairs using (visitor_id, product_id)
        where
            event_type
            in ('impression', 'click', 'dwell', 'add_to_cart', 'purchase', 'cancel')
        union all
        select *, false
        from {earlier}
        semi join pairs using (visitor_id, product_id)
        where event_type in ('impression', 'click', 'dwell', 'add_to_cart', 'purchase')
    )
-- the last rows of an earlier range are among the rows of this one, too
qualify row_number() over (partition by import_id, line order by is_here desc) = 1
