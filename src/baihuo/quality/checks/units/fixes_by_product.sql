-- TODO: what its rows are
-- {near_title}
-- {rows}
with
    met as (
        select
            p.import_id,
            p.line,
            p.key,
            p.text,
            p.is_text,
            f.rule,
            f.new,
            f.why,
            f.if_titled,
            f.line is null as is_general
        from pairs as p
        join
            fixed as f
            on f.shelf = p.shelf
            and f.key = p.key
            and f.text = p.text
            and f.is_text = p.is_text
            and (f.line is null or (f.line = p.line and f.import_id = p.import_id))
    ),
    backed as (
        select distinct n.import_id, n.line, n.key, true as is_backed
        from numbers as n
        join met using (import_id, line, key)
        join titled as t using (import_id, line, dimension)
        where
            abs(n.base - t.base) <= {near_title} * t.base
            or abs(n.base - t.other) <= {near_title} * t.other
    ),
    hits as (
        select
            import_id,
            line,
            key,
            text,
            is_text,
            why,
            case
                when is_backed and is_general and rule = 'unit_slip'
                then 'unit_form'
                else rule
            end as rule,
            case
                when is_backed and is_general and rule = 'unit_slip'
                then if_titled
                else new
            end as new
        from met
        left join backed using (import_id, line, key)
        where
            not (
                is_backed is true
                and is_general
                and rule in ('unit_slip', 'unit_outlier')
                and if_titled is null
            )
    )
select
    import_id,
    line,
    any_value(attributes) as attributes,
    list(
        struct_pack(key := key, text := text, rule := rule, new := new, why := why)
        order by key, rule, new
    ) as hits
from hits
join {rows} using (import_id, line)
group by import_id, line
