-- TODO: what its rows are
select
    asked.product_id,
    count(distinct folded.product_id) as n_fits,
    any_value(into_.canonical_id) as merged_into,
    coalesce(any_value(into_.canonical_id), min(folded.product_id)) as new,
    min(folded.way) as way,
    any_value(into_.canonical_id) is null
    and asked.product_id in (select product_id from raw_products) as is_quarantined
from asked
left join folded on folded.key = asked.key and folded.key <> ''
left join
    (
        select * from merged where canonical_id in (select product_id from products)
    ) as into_
    on into_.product_id = asked.product_id
group by asked.product_id
