-- Findings: events of a variant that their product does not have, where nearly all
-- events name one that it has. Products without variants are left alone, but for a
-- variant that the catalogue has under exactly one other product.
-- {rows}      events: product_id, variant_id
-- {max_share} of the events of products with variants: more, and their ids are others
with
    listed as (
        select product_id, variants
        from products
        where length(variants) > 2
        union all
        select canonical_id, variants
        from raw_products
        join merged using (product_id)
        where length(variants) > 2
    ),
    known as materialized(
        select distinct
            product_id,
            json_extract_string(
                unnest(json_extract(variants, '$[*]')), '$.variant_id'
            ) as variant_id
        from listed
    ),
    of_events as (
        select r.import_id, r.line, r.product_id, r.variant_id, k.variant_id as known_id
        from {rows} as r
        left join
            known as k on k.product_id = r.product_id and k.variant_id = r.variant_id
        where
            r.variant_id is not null
            and (
                r.product_id in (select product_id from known)
                or (
                    r.variant_id in (
                        select variant_id
                        from known
                        group by variant_id
                        having count(*) = 1
                    )
                    and r.product_id in (select product_id from products)
                )
            )
    )
select
    import_id,
    line,
    'unknown_variant' as rule,
    'note' as action,
    'variant_id' as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(field := 'variant_id', old := variant_id)) as varchar
    ) as detail
from of_events
where
    known_id is null
    and (select count(*) filter (known_id is null) from of_events)
    <= {max_share} * (select count(*) from of_events)
