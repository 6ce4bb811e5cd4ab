-- Findings: values that are no measure, or none that a thing can have, in attributes
-- that are measures in nearly all products of the category: "White" as a weight, 0 g,
-- -30 cm. And dates that a spreadsheet made of sizes ("3-4" became 4-Mar), in any
-- attribute whose values are no dates and that is not named after one.
--
-- What many write is how the shop says something, so a value or a kind of value of
-- more than a few products is left out.
--
-- {rows}          the products left, with category and attributes (JSON)
-- {no_value}      words that say "no value", in lower case, quoted, with commas: they
-- have a finding of their own
-- {min_rows}      values of an attribute in a category before one is judged
-- {measured_share} of them that are measures, 0 to 1
-- {odd_share}     of them that are of one odd kind, 0 to 1, and two in any case
with
    written as (
        select
            import_id,
            line,
            coalesce(category, '') as category,
            key,
            trim(value ->> '$') as text,
            cast(value as varchar) as json
        from {rows} as r, json_each(r.attributes)
        where
            type in ('UBIGINT', 'BIGINT', 'DOUBLE')
            or (type = 'VARCHAR' and length(value) between 3 and 60)
    ),
    kinds as (
        select
            *,
            case
                when
                    regexp_matches(
                        text,
                        '(?i)^(?:[0-9]{1,2}[- ](?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[- ][0-9]{1,2}|[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]00:00:00)$'
                    )
                then 'date'
                when
                    regexp_matches(
                        text,
                        '^(?:[-−] ?[0-9][0-9.,]*|[-−]? ?0(?:[.,]0+)?)(?: ?[a-zA-Zµ一-鿿²³]{1,12})?$'
                    )
                then 'not above 0'
                when length(text) >= 2 and not regexp_matches(text, '[0-9０-９½¼¾]')
                then 'words'
            end as kind
        from written
        where lower(text) not in ({no_value})
    ),
    n_measured as (
        select category, key, count(*) as n
        from measured_values
        where not is_bare and dimension not in ('count', 'time', 'voltage')
        group by category, key
    ),
    counts as (
        select
            category,
            key,
            kind,
            count(*) as n,
            sum(count(*)) over (partition by category, key) as n_all
        from kinds
        group by category, key, kind
    ),
    odd as (
        select
            c.category,
            c.key,
            c.kind,
            c.n_all,
            coalesce(m.n, 0) >= {measured_share} * c.n_all as is_measure
        from counts as c
        left join n_measured as m using (category, key)
        where
            c.kind is not null
            and c.n_all >= {min_rows}
            and c.n <= greatest(2, {odd_share} * c.n_all)
    )
select
    import_id,
    line,
    case when kind = 'not above 0' then 'unit_outlier' else 'mixed_units' end as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := key,
                old := text,
                why := case
                    when kind = 'date'
                    then 'a date: a spreadsheet makes one of sizes such as 3-4'
                    when kind = 'words'
                    then 'no measure, as nearly all ' || n_all || ' others have'
                    else 'not above 0, as nearly all ' || n_all || ' others are'
                end
            )
        ) as varchar
    ) as detail
from kinds
join odd using (category, key, kind)
where
    is_measure
    or kind = 'date'
    and not regexp_matches(key, '(?i)date|day|time|birth|launch|release|日期|时间|日')
