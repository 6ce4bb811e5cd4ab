-- What each unknown product id stands for: product_id, n_matches (products that fit),
-- new (the id to take), way (id, code, title, variant), is_quarantined (its product is
-- known and in quarantine), is_merged (it is another listing of one that stayed).
select
    unknown.product_id,
    count(distinct known.product_id) as n_matches,
    coalesce(any_value(target.canonical_id), min(known.product_id)) as new,
    min(known.way) as way,
    any_value(target.canonical_id) is null
    and unknown.product_id in (select product_id from raw_products) as is_quarantined,
    any_value(target.canonical_id) is not null as is_merged
from unknown
left join known on known.key = unknown.key and known.key <> ''
left join
    (
        select * from merged where canonical_id in (select product_id from products)
    ) as target
    on target.product_id = unknown.product_id
group by unknown.product_id
