-- Findings: values that an export did not look up (4711, colour.option.4711, an object
-- of a program), that hold the attribute's own name (Colour: black), or several
-- columns in one cell (black;M;cotton). Only where nearly all of an attribute's
-- values are words.
--
-- Reads attribute_values; each distinct value of an attribute is judged once.
--
-- {label_key}  the folded name of label
-- {min_rows}   listings with an attribute, before its values are known
-- {min_worded} of them that say a word, 0 to 1
-- {max_share}  of them, that write something in an odd way
with
    counted as materialized(
        select
            key,
            trim(value) as text,
            any_value(name) as name,
            lower(text) as folded,
            count(*) as n,
            sum(count(*)) over (partition by key) as n_of_key,
            sum(count(*)) filter (regexp_matches(text, '^\pL[^0-9:：=;|]*$')) over (
                partition by key
            ) as n_worded
        from attribute_values
        where length(value) between 1 and 200
        group by key, text
    ),
    judged as materialized(
        select *
        from counted
        where n_of_key >= {min_rows} and n_worded >= {min_worded} * n_of_key
    ),
    options as (
        select *
        from
            (
                select
                    *,
                    regexp_extract(
                        folded, '^(\pL{3,})[\pL_.:-]*[_.:#][0-9]+$', 1
                    ) as word
                from judged
                where regexp_matches(folded, '[0-9]')
            )
        where
            regexp_matches(
                folded,
                '^#? ?[0-9]{3,12}$|^(?:opt(?:ion)?|val(?:ue)?|attr(?:ibute)?|enum|item|lov|term|swatch|choice)s?[ _.:#-]?[0-9]{1,12}$|^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^[0-9a-f]{24}$|^[0-9a-f]{32}$|^gid://'
            )
            or (word <> '' and contains(lower(name) || ' ' || key, word))
    ),
    objects as (
        select *
        from judged
        where
            regexp_matches(
                folded, '^\[object \w+\]$|^\{.*[:=].*\}$|^\["[^"]*"(?:, ?"[^"]*")*\]$'
            )
    ),
    labelled as (
        select *
        from
            (
                select
                    *,
                    regexp_extract(
                        text, '^([^:：=]{1,30}?) ?[:：=] ?[^:：=]*[\pL\pN][^:：=]*$', 1
                    ) as label
                from judged
                where regexp_matches(text, '[:：=]')
            )
        where label <> '' and {label_key} = key
    ),
    pieces as (
        select key, text, n, n_of_key, pieces, unnest(pieces[2:]) as piece
        from
            (
                select
                    *,
                    list_transform(
                        string_split_regex(folded, '[;|；\t]'), lambda p:trim(p)
                    ) as pieces
                from judged
                where regexp_matches(text, '[^;|；\t][;|；\t] ?[^;|；\t]')
            )
        where len(pieces) between 2 and 8
    ),
    usual as materialized(
        select key, folded, sum(n) as n
        from counted
        where exists (select 1 from pieces)
        group by key, folded
        having sum(n) >= 3
    ),
    joined as (
        select p.key, p.text, any_value(p.n) as n, any_value(p.n_of_key) as n_of_key
        from pieces as p
        join
            usual as first_one on first_one.key = p.key and first_one.folded = pieces[1]
        left join usual as own on own.key = p.key and own.folded = piece
        left join
            (
                select folded, min(key) as a, max(key) as z from usual group by folded
            ) as o
            on o.folded = piece
            and (o.a <> p.key or o.z <> p.key)
        group by p.key, p.text, pieces
        having
            count(own.key) = 0
            and (
                count(o.a) = len(pieces) - 1
                or len(pieces) >= 3
                and count(*) filter (
                    o.a is not null
                    or regexp_matches(piece, '^[0-9]|^(?:x{0,3}[sl]|m|one size|均码)$')
                )
                > 0
            )
    ),
    found as (
        select key, text, n, n_of_key, 'the number of an option, not its name' as why
        from options
        union all
        select key, text, n, n_of_key, 'an object of a program'
        from objects
        union all
        select key, text, n, n_of_key, 'its own name stands before the value'
        from labelled
        union all
        select key, text, n, n_of_key, 'several columns in one cell'
        from joined
    ),
    few as (
        select *
        from found
        qualify
            sum(n) over (partition by key, why) <= greatest(2, {max_share} * n_of_key)
    )
select
    e.import_id,
    e.line,
    'missing_attribute' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := min(e.name),
                old := left(min_by(f.text, e.name), 100),
                why := min_by(f.why, e.name)
            )
        ) as varchar
    ) as detail
from attribute_values as e
join few as f on f.key = e.key and f.text = trim(e.value)
group by e.import_id, e.line
