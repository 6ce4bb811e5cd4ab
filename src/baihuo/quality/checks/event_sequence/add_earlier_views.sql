-- TODO: what its rows are
-- {at}
-- {views}
select bought.* replace (least(first_view_us, earlier_us) as first_view_us)
from bought
left join
    (
        select visitor_id, product_id, min({at}) as earlier_us
        from earlier
        where event_type in {views}
        group by all
    ) using (visitor_id, product_id)
