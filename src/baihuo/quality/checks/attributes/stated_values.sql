-- Findings: descriptions that state another value than the attribute ("Power: 40W" of
-- what has 5, 防水：否 of what is waterproof), where another text of the listing says
-- what the attribute says.
--
-- Which label is of which attribute, and how its values are written, is counted: in
-- nearly all listings that have both, a stated value goes with one held value and the
-- other way round. So labels and values may be of any language.
--
-- Reads attribute_values, and description_contradictions, whose listings are left out.
--
-- {rows}          products: titles and descriptions
-- {statement}     RE2 of a label, a colon and a value
-- {number}        RE2 of a number and its unit, as a whole value
-- {most}          listings that labels are learned of
-- {min_rows}      of them, that have label and attribute
-- {min_agreement} of them, whose values go together, 0 to 1
-- {min_known}     of them, that state a value, before it is known
with
    cells as (
        select import_id, line, language, text
        from {rows} unpivot (text for language in (description_en, description_zh))
        where contains(text, ':') or contains(text, '：')
    ),
    statements as materialized(
        select
            import_id,
            line,
            language,
            lower(trim(pair[1])) as label,
            lower(trim(pair[2])) as says
        from
            (
                select
                    import_id,
                    line,
                    language,
                    unnest(
                        list_zip(
                            regexp_extract_all(left(text, 3000), '{statement}', 1),
                            regexp_extract_all(left(text, 3000), '{statement}', 2)
                        )
                    ) as pair
                from cells
            )
        where trim(pair[2]) <> ''
        qualify count(*) over (partition by import_id, line, language, label) = 1
    ),
    held as materialized(
        select import_id, line, category, key, name, lower(trim(value)) as holds
        from attribute_values
        semi join statements using (import_id, line)
        where strlen(value) <= 60
        qualify count(*) over (partition by import_id, line, key) = 1
    ),
    read as (
        select import_id, line
        from (select distinct import_id, line from statements)
        order by hash(import_id, line)
        limit {most}
    ),
    together as materialized(
        select s.language, s.label, h.key, s.says, h.holds, count(*) as n
        from statements as s
        semi join read using (import_id, line)
        join held as h using (import_id, line)
        group by all
    ),
    pairs as materialized(
        select
            *,
            row_number() over (
                partition by language, label, key, says order by n desc, holds
            )
            = 1 as is_meant,
            row_number() over (
                partition by language, label, key, holds order by n desc, says
            )
            = 1 as is_written,
            sum(n) over (partition by language, label, key, says) as n_says,
            sum(n) over (partition by language, label, key, holds) as n_holds,
            (
                regexp_extract(says, '{number}', 1) <> ''
                and try_cast(regexp_extract(says, '{number}', 1) as double)
                = try_cast(regexp_extract(holds, '{number}', 1) as double)
            )
            or says = holds as is_equal
        from together
    ),
    agreements as (
        select
            language,
            label,
            key,
            sum(n) as n_rows,
            sum(n) filter (is_equal) as n_equal,
            least(sum(n) filter (is_meant), sum(n) filter (is_written))
            / sum(n) as agreement,
            count(distinct holds) as n_values
        from pairs
        group by language, label, key
    ),
    labels as materialized(  -- each with the one attribute that it is of
        select *, coalesce(n_equal, 0) >= {min_agreement} * n_rows as are_equal
        from agreements
        where
            n_rows >= {min_rows}
            and n_values >= 2
            and (
                coalesce(n_equal, 0) >= {min_agreement} * n_rows
                or (agreement >= {min_agreement} and n_rows >= {min_known} * n_values)
            )
        qualify
            row_number() over (
                partition by language, label
                order by
                    coalesce(n_equal, 0) / n_rows desc, agreement desc, n_rows desc, key
            )
            = 1
            and row_number() over (
                partition by language, key
                order by
                    coalesce(n_equal, 0) / n_rows desc,
                    agreement desc,
                    n_rows desc,
                    label
            )
            = 1
    ),
    known as (  -- a stated value and the one that it goes with
        select language, label, key, says, holds
        from pairs
        where
            is_meant
            and is_written
            and n >= {min_known}
            and n >= {min_agreement} * n_says
            and n >= 0.8 * n_holds
    ),
    units as (  -- that a number is stated in
        select
            h.category,
            s.language,
            s.label,
            mode(regexp_extract(s.says, '{number}', 2)) as unit
        from statements as s
        semi join (select * from labels where are_equal) using (language, label)
        join held as h using (import_id, line)
        group by h.category, s.language, s.label
    ),
    judged as materialized(
        select
            s.import_id,
            s.line,
            s.language,
            h.key,
            h.name,
            h.holds,
            s.says,
            case
                when s.says = h.holds or means.holds = h.holds
                then true
                when
                    l.are_equal
                    and regexp_extract(s.says, '{number}', 1) <> ''
                    and regexp_extract(h.holds, '{number}', 1) <> ''
                    and regexp_extract(s.says, '{number}', 2) = u.unit
                    and regexp_extract(h.holds, '{number}', 2) in ('', u.unit)
                then
                    abs(
                        try_cast(
                            regexp_extract(s.says, '{number}', 1) as double
                        ) / nullif(
                            try_cast(regexp_extract(h.holds, '{number}', 1) as double),
                            0
                        )
                        - 1
                    )
                    < 0.02
                when means.holds is not null and written.says is not null
                then false
            end as agrees
        from statements as s
        join labels as l using (language, label)
        join
            held as h on h.import_id = s.import_id and h.line = s.line and h.key = l.key
        left join
            known as means
            on means.language = s.language
            and means.label = s.label
            and means.says = s.says
        left join
            known as written
            on written.language = s.language
            and written.label = s.label
            and written.holds = h.holds
        left join
            units as u
            on u.category = h.category
            and u.language = s.language
            and u.label = s.label
    )
select
    j.import_id,
    j.line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := min(j.language),
                attribute := min(j.name),
                holds := arg_min(j.holds, j.name),
                description_says := arg_min(j.says, j.name)
            )
        ) as varchar
    ) as detail
from judged as j
join {rows} as p using (import_id, line)
left join
    judged as other
    on other.import_id = j.import_id
    and other.line = j.line
    and other.key = j.key
    and other.language <> j.language
anti join
    description_contradictions as d on d.import_id = j.import_id and d.line = j.line
where
    not j.agrees
    and (
        other.agrees
        -- the title has the value of the attribute, and not the stated one
        or (
            other.agrees is null
            and length(j.holds) >= 2
            and regexp_matches(j.holds, '^\pL')
            and contains(lower(concat_ws(' ', p.title_en, p.title_zh)), j.holds)
            and not contains(lower(concat_ws(' ', p.title_en, p.title_zh)), j.says)
        )
    )
group by j.import_id, j.line
