-- Findings: an attribute of another kind of thing (the diaper size of a toy car):
-- nearly all who have it are of categories in which nearly all have it, and of its own
-- department none is such a category, nor has anybody else of its category it.
--
-- A listing with several such attributes, or without what its category has, is in the
-- wrong category, and left out. Reads product_attributes.
--
-- {rows}      products: category
-- {separator} between the levels of a category
-- {min_rows}  listings of a category, and with an attribute
with
    sizes as (
        select
            category,
            split_part(category, '{separator}', 1) as department,
            count(*) as n
        from {rows}
        where category <> ''
        group by category
    ),
    presence as (
        select
            category,
            department,
            key,
            count(*) as n_with,
            s.n,
            count(*) >= 0.8 * s.n and s.n >= {min_rows} as is_home
        from product_attributes
        join sizes as s using (category)
        group by category, department, key, s.n
    ),
    fixed_keys as (  -- of certain categories alone
        select key
        from presence
        group by key
        having
            sum(n_with) >= 2 * {min_rows}
            and sum(n_with) filter (is_home) >= 0.95 * sum(n_with)
    ),
    odd as (
        select p.category, p.key
        from presence as p
        semi join fixed_keys using (key)
        anti join
            (select distinct department, key from presence where is_home) as h
            on h.department = p.department
            and h.key = p.key
        where p.n >= {min_rows} and p.n_with <= greatest(2, 0.01 * p.n)
    ),
    own_keys as (
        select category, key, count(*) over (partition by category) as n_own
        from presence
        where is_home
    ),
    listings as (
        select
            a.import_id,
            a.line,
            count(o.key) as n_own,
            any_value(o.n_own) as n_of_category,
            count(f.key) as n_odd,
            min(a.name) filter (f.key is not null) as name
        from product_attributes as a
        left join own_keys as o using (category, key)
        left join odd as f using (category, key)
        where category in (select category from odd)
        group by a.import_id, a.line
    )
select
    import_id,
    line,
    'missing_attribute' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := name,
                why := 'an attribute that only another kind of thing has'
            )
        ) as varchar
    ) as detail
from listings
where n_odd = 1 and n_own >= greatest(1, 0.5 * n_of_category)
