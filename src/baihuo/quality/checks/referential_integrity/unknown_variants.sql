-- Events of a variant that their product does not have, where most name one of
-- their product's.
-- {rows}      events: product_id, variant_id
-- {max_share} of the events of products with variants: more, and their ids are others
with
    listed as (
        select product_id, variants
        from products
        union all
        select canonical_id, variants
        from raw_products
        join merged using (product_id)
    ),
    variants as materialized(
        select distinct
            product_id,
            json_extract_string(
                unnest(json_extract(variants, '$[*]')), '$.variant_id'
            ) as variant_id
        from listed
        where length(variants) > 2
    ),
    named as (
        select r.*, v.product_id is null as is_unknown
        from {rows} as r
        left join
            variants as v on v.product_id = r.product_id and v.variant_id = r.variant_id
        where
            r.variant_id is not null
            and (
                r.product_id in (select product_id from variants)
                or r.variant_id in (select variant_id from variants)
            )
    )
select *
from named
where
    is_unknown
    and (select count(*) filter (is_unknown) from named)
    <= {max_share} * (select count(*) from named)
