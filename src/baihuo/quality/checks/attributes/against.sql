-- TODO: what its rows are
-- {is_brand}
-- {min_agreement}
-- {min_rows}
-- {plain}
-- {plain_2}
-- {rows}
-- {sayable}
with
    each as (
        select
            *,
            replace(own, ' ', '') as own_run,
            replace(other, ' ', '') as other_run,
            list_contains(named, own) as is_own_named
        from (select *, unnest(named) as other from named)
    ),
    parted as (
        select
            *,
            is_own_named
            or own_run = other_run
            or contains(' ' || own || ' ', ' ' || other || ' ')
            or contains(' ' || other || ' ', ' ' || own || ' ') as agrees
        from each
    ),
    trusted as (
        select scope, key, other
        from parted
        group by scope, key, other
        having
            count(*) filter (own = other) >= {min_rows}
            and count(*) filter (own = other)
            >= {min_agreement} * count(*) filter (own = other or not agrees)
    ),
    sayable as (
        select scope, key, own
        from
            (
                select scope, key, own, count(distinct(import_id, line)) as n
                from named
                where list_contains(named, own)
                group by scope, key, own
            ) as said_by
        join
            (
                select scope, key, value as own, count(*) as n
                from facts
                group by scope, key, own
            ) as held_by using (scope, key, own)
        where said_by.n >= {sayable} * held_by.n
    ),
    suspects as materialized(
        select *
        from parted
        semi join trusted using (scope, key, other)
        semi join sayable using (scope, key, own)
        where not agrees
    ),
    texts as (
        select import_id, line, key, {plain} as value
        from said
        semi join suspects using (import_id, line)
        union all
        select import_id, line, 'brand', {plain_2}
        from {rows}
        semi join suspects using (import_id, line)
    ),
    explained as (
        select s.import_id, s.line, s.scope, s.key, s.other
        from suspects as s
        join
            texts as t
            on t.import_id = s.import_id
            and t.line = s.line
            and t.key <> s.key
        where contains(replace(t.value, ' ', ''), s.other_run)
    ),
    against as (
        select *
        from suspects
        anti join explained using (import_id, line, scope, key, other)
    )
select
    import_id,
    line,
    case
        when {is_brand} then 'brand_against_title' else 'attribute_against_title'
    end as rule,
    'note' as action,
    case when {is_brand} then 'brand' else 'attributes' end as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := case when {is_brand} then 'brand' else min(name) end,
                holds := min(own),
                title_says := list_sort(list(distinct other))
            )
        ) as varchar
    ) as detail
from against
group by import_id, line, scope, key
