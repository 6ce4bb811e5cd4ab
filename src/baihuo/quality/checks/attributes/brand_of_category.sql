-- Findings: brands that are the name of the product's category, where others of the
-- category have other brands: a column that slid, or a word of the category.
--
-- A brand of other categories too is a brand ("Apple", of fruit and of phones).
--
-- {rows}      the products left, with brand and category
-- {separator} between the levels of a category
-- {min_rows}  products of the category with a brand, at least
-- {max_share} of them that have this one
with
    branded as (
        select import_id, line, brand, category, lower(trim(brand)) as name
        from {rows}
        where length(brand) > 1 and category <> ''
    ),
    by_brand as (
        select
            name,
            category,
            count(*) as n,
            name = lower(category)
            or list_contains(string_split(lower(category), '{separator}'), name)
            or name || 's' = lower(string_split(category, '{separator}')[-1])
            or name
            = lower(string_split(category, '{separator}')[-1]) || 's' as is_category
        from branded
        group by name, category
    ),
    categories as (
        select category, sum(n) as n_category from by_brand group by category
    ),
    slid as (
        select name, category
        from by_brand
        join categories using (category)
        where
            is_category
            and n_category >= {min_rows}
            and n <= greatest(1, {max_share} * n_category)
            and name not in (select name from by_brand where not is_category)
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
                field := 'brand',
                holds := brand,
                category := category,
                why := 'the name of its category'
            )
        ) as varchar
    ) as detail
from branded
semi join slid using (name, category)
