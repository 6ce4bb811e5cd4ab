-- Findings: products without an attribute that nearly all products of their
-- category have.
--
-- Products whose attributes could not be parsed have a finding of their own, and
-- are left out. What is usual in a category is learned from its typical products,
-- those with at least half of its common attributes: a few empty listings, or
-- products of another category, would else make an attribute look optional. Where
-- few products are typical, all of the category count. Where a category has no
-- optional attribute at all, each is either everywhere or nowhere, so a larger share
-- may lack one before it counts as optional.
--
-- {rows} the products left, with category
-- {is_unread} condition: the attributes are no JSON object
-- {min_rows} products of a category before anything is expected in it
-- {min_share} of products of a category that have an expected attribute, 0 to 1
-- {min_strict_share} the same in a category without optional attributes
-- {min_strict_keys} attributes that such a category has at least
-- {min_sure_share} Wilson's lower end (95%) of that share, in a category with optional
-- attributes
-- {min_typical_share} of a category that must be typical for only those to count,
-- 0 to 1
with
    unread as (select import_id, line from raw where {is_unread}),
    products as (select * from {rows} anti join unread using (import_id, line)),
    categories as (
        select category, count(*) as n
        from products
        where category <> ''
        group by category
        having count(*) >= {min_rows}
    ),
    total as (select count(*) as n from products),
    key_counts as (select key, count(*) as n from product_attributes group by key),
    common_keys as (
        select category, key, count(*) over (partition by category) as n_common
        from
            (
                select category, key, count(*) as n_with
                from product_attributes
                group by category, key
            )
        join categories as s using (category)
        where n_with >= 0.8 * s.n
    ),
    typical_products as (
        select import_id, line, category
        from product_attributes
        join common_keys using (category, key)
        group by import_id, line, category
        having count(*) >= 0.5 * any_value(n_common)
    ),
    category_sizes as (
        select
            category,
            s.n as n_all,
            t.n as n_typical,
            t.n >= {min_typical_share} * s.n as is_typical
        from categories as s
        join
            (
                select category, count(*) as n from typical_products group by category
            ) as t using (category)
    ),
    key_usage as (
        select
            category,
            key,
            min(name) as name,
            count(*) as n,
            count(*) filter (t.line is not null) as n_typical
        from product_attributes
        left join typical_products as t using (import_id, line, category)
        group by category, key
    ),
    key_shares as (
        select
            u.category,
            u.key,
            u.name,
            case when is_typical then u.n_typical else u.n end as n_with,
            case when is_typical then j.n_typical else j.n_all end as n
        from key_usage as u
        join category_sizes as j using (category)
    ),
    strict_categories as (
        select category, true as is_strict
        from key_shares
        group by category
        having
            count(*) filter (n_with >= {min_share} * n) >= {min_strict_keys}
            and count(*) filter (
                n_with between (1 - {min_strict_share}) * n and {min_strict_share} * n
            )
            = 0
    ),
    expected as materialized(
        select
            u.category,
            u.key,
            u.name,
            n_with / u.n as share,
            n_with / u.n / (e.n / total.n) as lift
        from key_shares as u
        join categories as s using (category)
        join key_counts as e using (key)
        left join strict_categories using (category), total
        where
            n_with < s.n
            and n_with > 0
            and u.n - n_with <= ceil(
                (
                    1 - case
                        when is_strict
                        then least({min_share}, {min_strict_share})
                        else {min_share}
                    end
                )
                * u.n
            )
            and (
                is_strict  -- else few products say little
                or (
                    n_with / u.n
                    + 1.35 / u.n
                    - 1.64
                    * sqrt((n_with / u.n * (1 - n_with / u.n) + 0.67 / u.n) / u.n)
                )
                / (1 + 2.7 / u.n)
                >= {min_sure_share}
            )
    ),
    missing_keys as (
        select r.import_id, r.line, x.name, x.share, x.lift
        from products as r
        join expected as x using (category)
        anti join
            product_attributes
            on product_attributes.import_id = r.import_id
            and product_attributes.line = r.line
            and product_attributes.key = x.key
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
                n_missing := count(*),
                missing := list(
                    struct_pack(
                        name := name, share := round(share, 4), lift := round(lift, 1)
                    )
                    order by lift desc, name
                )[:5]
            )
        ) as varchar
    ) as detail
from missing_keys
group by import_id, line
