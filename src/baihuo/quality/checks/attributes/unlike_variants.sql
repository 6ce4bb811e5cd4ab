-- Rows: products whose variants cannot all be right: an id that another product's
-- variant or a second one of the product has, two with equal options, or an id that
-- names another option than the variant has, in a shop whose ids nearly always name it.
--
-- {rows}      the products left, with variants (JSON)
-- {word}      the words of a text between hyphens: of value
-- {id_words}  the same of id
-- {min_rows}  products, before they say how the shop names its variants
-- {min_share} of them that follow, 0 to 1
with
    variants as materialized(
        select
            import_id,
            line,
            product_id,
            variant ->> 'variant_id' as id,
            variant -> 'attributes' as options
        from
            (
                select
                    import_id,
                    line,
                    product_id,
                    unnest(json_extract(variants, '$[*]')) as variant
                from {rows}
                where length(variants) > 2 and json_valid(variants)
            )
    ),
    shared as (
        select id
        from variants
        where id <> ''
        group by id
        having count(distinct product_id) > 1
    ),
    listings as (
        select
            import_id,
            line,
            count(*) > count(distinct cast(options as varchar)) as is_repeated,
            mode(cast(options as varchar)) as options
        from variants
        where cast(options as varchar) <> '{}'
        group by import_id, line
    ),
    named as (
        select import_id, line, entry.key as name, id, entry.value ->> '$' as value
        from
            (
                select
                    import_id,
                    line,
                    id,
                    unnest(
                        map_entries(try_cast(options as map(varchar, json)))
                    ) as entry
                from variants
            )
    ),
    named_listings as (
        select
            import_id,
            line,
            name,
            bool_and(contains({id_words}, {word})) as is_named,
            min_by(id, contains({id_words}, {word})) as id
        from named
        group by import_id, line, name
    ),
    habits as (
        select name
        from named_listings
        group by name
        having count(*) >= {min_rows} and avg(cast(is_named as double)) >= {min_share}
    )
select import_id, line, 'another listing''s variant has this id' as why, min(id) as said
from variants
semi join shared using (id)
where not starts_with(id, product_id)  -- its own, which the other took
group by import_id, line
union all
select import_id, line, 'two variants have this id' as why, id as said
from variants
where id <> ''
group by import_id, line, id
having count(*) > 1
union all
select import_id, line, 'two variants have the same options' as why, options as said
from listings
where
    is_repeated
    and (select avg(cast(is_repeated as double)) from listings) <= 1 - {min_share}
union all
select import_id, line, 'the id names another ' || name as why, id as said
from named_listings
semi join habits using (name)
where not is_named
