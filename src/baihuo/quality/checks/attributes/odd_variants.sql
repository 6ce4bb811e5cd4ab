-- Findings: variants that do not say what they are: two with equal attributes, all
-- without any, one whose attributes have other names than all its sisters', a size of
-- another scale than theirs, or than its id names where nearly all ids do, or less than
-- nothing in stock; and one code for several of them, or a listing's code that is a
-- variant's of another product (shared_code).
--
-- {rows}      the products left: product_id, codes, variants (JSON)
-- {key}       the folded name of entry.key, equal for all synonyms of one name
-- {max_share} of the products with variants, that are so: more, and it is how the shop
-- writes
-- {min_rows}  variants whose ids say their value
-- {min_named} of the variants with the attribute, 0 to 1
with
    variants as materialized(
        select
            import_id,
            line,
            product_id,
            variant,
            variant_no,
            count(*) over (partition by import_id, line) as n_variants
        from
            (
                select
                    import_id,
                    line,
                    product_id,
                    unnest(json_extract(variants, '$[*]')) as variant,
                    generate_subscripts(json_extract(variants, '$[*]'), 1) as variant_no
                from {rows}
                where length(variants) > 2 and json_valid(variants)
            )
    ),
    siblings as materialized(
        select
            *,
            coalesce(lower(variant ->> 'attributes'), '{}') as values_of,
            coalesce(variant ->> 'codes', '[]') as codes
        from variants
        where n_variants >= 2
    ),
    entries as materialized(
        select
            import_id,
            line,
            variant_no,
            n_variants,
            named,
            {key} || case
                when regexp_matches(entry.key, '\p{Han}') then ' zh' else ''
            end as key,
            upper(trim(entry.value ->> '$')) as value
        from
            (
                select
                    import_id,
                    line,
                    variant_no,
                    n_variants,
                    upper(
                        regexp_extract(variant ->> 'variant_id', '[A-Za-z0-9.]+$')
                    ) as named,
                    unnest(
                        map_entries(
                            try_cast(variant -> 'attributes' as map(varchar, json))
                        )
                    ) as entry
                from siblings
            )
    ),
    variant_codes as materialized(
        select distinct
            product_id, ltrim(unnest(json_extract_string(codes, '$[*]')), '0') as code
        from siblings
        where length(codes) > 4
    ),
    own_codes as (
        select import_id, line, product_id, ltrim(unnest(codes), '0') as code
        from {rows}
        where len(codes) > 0
    ),
    by_key as (
        select
            import_id,
            line,
            key,
            n_variants,
            count(*) as n,
            count(*) filter (
                regexp_matches(value, '^[0-9]+([.,][0-9]+)?$')
            ) as n_numbers,
            count(*) filter (regexp_matches(value, '^[0-9]?X*[SML]L?$')) as n_letters
        from entries
        group by import_id, line, key, n_variants
    ),
    named_keys as (  -- whose values end the ids: shirt-12-xl
        select key
        from entries
        group by key
        having
            count(*) filter (value = named)
            >= greatest({min_rows}, {min_named} * count(*))
    ),
    found as (
        select
            import_id, line, 'two are equal' as why, 'variant_against_product' as rule
        from siblings
        where length(values_of) > 2
        group by import_id, line
        having count(distinct values_of) < count(distinct cast(variant as varchar))
        union all
        select import_id, line, 'none says what it is', 'variant_against_product'
        from siblings
        group by import_id, line
        having max(length(values_of)) <= 2
        union all
        select
            import_id,
            line,
            'one lacks what all others say, or says what none does',
            'variant_against_product'
        from by_key
        where n_variants >= 3 and n = n_variants - 1
        group by import_id, line
        union all
        select import_id, line, 'sizes of two scales', 'variant_against_product'
        from by_key
        where n >= 3 and n_numbers + n_letters = n and (n_numbers = 1 or n_letters = 1)
        group by import_id, line
        union all
        select import_id, line, 'its id names another value', 'variant_against_product'
        from entries
        semi join named_keys using (key)
        where value <> named and named <> ''
        group by import_id, line
        union all
        select import_id, line, 'less than nothing in stock', 'variant_against_product'
        from variants
        where try_cast(variant ->> 'stock_units' as double) < 0
        group by import_id, line
        union all
        select import_id, line, 'one code for several', 'shared_code'
        from siblings
        where length(codes) > 4
        group by import_id, line
        having count(distinct codes) < count(distinct cast(variant as varchar))
        union all
        select import_id, line, 'its code is a variant''s of another', 'shared_code'
        from own_codes as o
        join variant_codes as v using (code)
        where length(code) >= 6
        group by import_id, line
        having bool_and(v.product_id <> o.product_id)
    )
select
    import_id,
    line,
    rule,
    'note' as action,
    case when rule = 'shared_code' then 'codes' else 'variants' end as field,
    cast(null as varchar) as new,
    cast(
        to_json(struct_pack(field := 'variants', why := min(why))) as varchar
    ) as detail
from found
semi join
    (
        select why
        from found
        group by why
        having
            count(*) <= greatest(
                1, {max_share} * (select count(distinct(import_id, line)) from siblings)
            )
    ) using (why)
group by import_id, line, rule
