-- TODO: what its rows are
-- {min_rows}
-- {min_share}
-- {rows}
-- {is_unread} a condition: attributes that are no JSON object
-- {typical}
with
    unread as (select import_id, line from raw where {is_unread}),
    listed as (select * from {rows} anti join unread using (import_id, line)),
    shelves as (
        select category, count(*) as n
        from listed
        where category <> ''
        group by category
        having count(*) >= {min_rows}
    ),
    n_all as (select count(*) as n from listed),
    everywhere as (select key, count(*) as n from once group by key),
    common as (
        select category, key, count(*) over (partition by category) as n_common
        from (select category, key, count(*) as n_with from once group by category, key)
        join shelves as s using (category)
        where n_with >= 0.8 * s.n
    ),
    typical as (
        select import_id, line, category
        from once
        join common using (category, key)
        group by import_id, line, category
        having count(*) >= 0.5 * any_value(n_common)
    ),
    judges as (
        select
            category,
            s.n as n_all,
            t.n as n_typical,
            t.n >= {typical} * s.n as is_typical
        from shelves as s
        join
            (select category, count(*) as n from typical group by category) as t using (
                category
            )
    ),
    usual as (
        select
            category,
            key,
            min(name) as name,
            count(*) as n,
            count(*) filter (t.line is not null) as n_typical
        from once
        left join typical as t using (import_id, line, category)
        group by category, key
    ),
    judged as (
        select
            u.category,
            u.key,
            u.name,
            case when is_typical then u.n_typical else u.n end as n_with,
            case when is_typical then j.n_typical else j.n_all end as n
        from usual as u
        join judges as j using (category)
    ),
    expected as materialized(
        select
            u.category,
            u.key,
            u.name,
            n_with / u.n as share,
            n_with / u.n / (e.n / n_all.n) as lift
        from judged as u
        join shelves as s using (category)
        join everywhere as e using (key), n_all
        where
            n_with < s.n
            and n_with > 0
            and u.n - n_with <= ceil((1 - {min_share}) * u.n)
    ),
    lacking as (
        select r.import_id, r.line, x.name, x.share, x.lift
        from listed as r
        join expected as x using (category)
        anti join
            once
            on once.import_id = r.import_id
            and once.line = r.line
            and once.key = x.key
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
from lacking
group by import_id, line
