-- The purchases with views that stand in earlier ranges of days taken into account.
-- {view_types} event types that prove a view, as an SQL list
select
    purchases_with_views.* replace (least(first_view_us, earlier_us) as first_view_us)
from purchases_with_views
left join
    (
        select visitor_id, product_id, min(occurred_at_us) as earlier_us
        from earlier
        where event_type in {view_types}
        group by all
    ) using (visitor_id, product_id)
