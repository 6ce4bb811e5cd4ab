-- Findings: descriptions that a few listings of other brands and categories share,
-- noted.
-- Many listings with one description are boilerplate; siblings of a brand share
-- theirs rightly.
--
-- {rows}      products: product_id, brand, category and the field
-- {field}     the description that is judged
-- {min_chars} a shorter text is equal by chance
-- {most}      listings with the description
with
    described as (
        select
            import_id,
            line,
            product_id,
            lower(brand) as brand,
            category,
            hash({field}) as description
        from {rows}
        where length({field}) >= {min_chars}
    ),
    shared as (
        select description, min(product_id) as first_id
        from described
        group by description
        having
            count(distinct product_id) between 2 and {most}
            and count(distinct brand) = count(*)
            and count(distinct category) = count(*)
    )
select
    import_id,
    line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}', product_id := product_id, same_as := first_id
            )
        ) as varchar
    ) as detail
from described
join shared using (description)
