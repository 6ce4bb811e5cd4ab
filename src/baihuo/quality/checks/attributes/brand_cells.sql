-- Findings: brands that are none, or not the one that the title begins with, where
-- titles of the shop begin with their brand; and titles that are a brand alone.
--
-- {rows}      products: brand, title_en, title_zh
-- {odd}       RE2 of a cell that is no brand: an address, a number, a date, a formula
-- {min_rows}  listings of a brand whose titles begin with it
-- {min_share} of the shop's and of a brand's titles, that begin so
with
    branded as materialized(
        select
            import_id,
            line,
            trim(brand) as brand,
            lower(trim(brand)) as name,
            lower(trim(title_en)) as en,
            lower(trim(title_zh)) as zh,
            starts_with(lower(trim(title_en)), lower(trim(brand)))
            or starts_with(lower(trim(title_zh)), lower(trim(brand))) as is_first
        from {rows}
        where trim(brand) <> ''
    ),
    brands as materialized(
        select
            name,
            count(*) as n,
            count(*) filter (is_first) as n_first,
            count(*) filter (is_first is not null) as n_titled
        from branded
        group by name
    ),
    known as materialized(
        select name
        from brands
        where
            n_first >= {min_rows}
            and n_first >= {min_share} * n_titled
            and length(name) >= 2
    ),
    shop as (
        select coalesce(sum(n_first) >= {min_share} * sum(n_titled), false) as is_usual
        from brands
    ),
    others as (
        select import_id, line, brand, en, zh, name
        from branded
        where
            not is_first
            and (select is_usual from shop)
            and name not in (
                select name
                from brands
                where n >= 5 and n_first < {min_share} * n_titled
            )
    ),
    begun as (
        select
            o.import_id, o.line, o.brand, max_by(k.name, length(k.name)) as title_says
        from others as o
        join
            known as k
            on (
                starts_with(o.en, k.name || ' ')
                or (
                    starts_with(o.zh, k.name) and regexp_matches(k.name, '^\p{Han}{2,}')
                )
                or starts_with(o.zh, k.name || ' ')
            )
            and not contains(coalesce(o.en, ''), o.name)
            and not contains(coalesce(o.zh, ''), o.name)
        group by o.import_id, o.line, o.brand
    ),
    found as (
        select
            import_id, line, brand, title_says, 'the title begins with another' as why
        from begun
        union all
        select
            import_id,
            line,
            left(brand, 200),
            null,
            case
                when length(brand) > 60
                then 'a text, no brand'
                else 'a cell of another column, no brand'
            end
        from branded
        where
            (length(brand) > 60 or regexp_matches(brand, '{odd}'))
            and name not in (select name from brands where n >= 5)
            and (import_id, line) not in (select (import_id, line) from begun)
    )
select
    import_id,
    line,
    'brand_against_title' as rule,
    'note' as action,
    'brand' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'brand', holds := brand, title_says := title_says, why := why
            )
        ) as varchar
    ) as detail
from found
union all
select
    import_id,
    line,
    'brand_against_title',
    'note',
    'brand',
    null,
    cast(
        to_json(
            struct_pack(
                field := 'title_en',
                holds := left(brand, 200),
                title_says := en,
                why := 'the title is a brand alone'
            )
        ) as varchar
    )
from branded
where
    en in (select name from known)
    and (import_id, line) not in (select (import_id, line) from found)
