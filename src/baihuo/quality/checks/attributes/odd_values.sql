-- Findings: attributes that a filter cannot use, noted: a word such as yes, ditto or a
-- formula where others say a value; a list of all choices; the value of another
-- attribute; a measure below nothing; a date that a spreadsheet made of a size; a name
-- or a value in another script than nearly all others, or a name misspelt.
--
-- Reads attribute_values. What more than a few listings write is how the shop does.
--
-- {words}     RE2 of a value that points elsewhere or is yes or no
-- {formula}   RE2 of a spreadsheet's formula or error
-- {negative}  RE2 of a measure below nothing
-- {zero}      RE2 of a measure of nothing
-- {signed}    RE2 of names whose values may be so
-- {never_below} RE2 of names of what nothing has less of than nothing
-- {date}      RE2 of a date that a spreadsheet made
-- {dated}     RE2 of names whose values are dates
-- {any_date}  RE2 of a date, also of one that a person may write, among numbers
-- {named_date} RE2 of names whose numbers may be days or years
-- {min_rows}  listings with an attribute, before its values are known
-- {max_share} of them, that write something odd
with
    entries as materialized(
        select
            import_id,
            line,
            category,
            key,
            name,
            trim(value) as value,
            lower(trim(value)) as folded
        from attribute_values
        where length(value) between 1 and 200
    ),
    counted as materialized(
        select key, folded, any_value(name) as written, count(*) as n
        from entries
        group by key, folded
    ),
    keys as materialized(
        select key, min(written) as name, sum(n) as n from counted group by key
    ),
    odd_words as (
        select
            e.import_id,
            e.line,
            e.name,
            e.value,
            e.key,
            'missing_attribute' as rule,
            case
                when regexp_matches(e.value, '{formula}')
                then 'a formula or error of a spreadsheet'
                else 'a word that is no value'
            end as why
        from entries as e
        where regexp_matches(e.value, '{words}') or regexp_matches(e.value, '{formula}')
    ),
    few_words as (
        select o.*
        from odd_words as o
        join keys as k using (key)
        join
            (select key, count(*) as n_odd from odd_words group by key) as c using (key)
        where
            (n_odd <= {max_share} * k.n and k.n >= {min_rows}) or why like 'a formula%'
    ),
    below_or_nothing as (
        select
            import_id,
            line,
            name,
            value,
            key,
            'unit_outlier' as rule,
            case
                when regexp_matches(value, '{negative}')
                then 'below nothing'
                else 'nothing, and a thing has some'
            end as why
        from entries
        where
            (regexp_matches(value, '{negative}') or regexp_matches(value, '{zero}'))
            and not regexp_matches(name, '{signed}')
        -- 0 of what a tenth of the listings have none of is a value
        qualify
            count(*) over (partition by key, why)
            <= greatest(2, 0.1 * (select n from keys where keys.key = entries.key))
            or (why = 'below nothing' and regexp_matches(name, '{never_below}'))
    ),
    dates as (
        select
            import_id,
            line,
            name,
            value,
            key,
            'mixed_units' as rule,
            'a date: a spreadsheet makes one of sizes such as 3-4' as why
        from entries
        where regexp_matches(value, '{date}') and not regexp_matches(name, '{dated}')
        -- where most values are dates, and not of a few listings, the name means one
        qualify
            count(*) over (partition by key)
            <= greatest(30, 0.5 * (select n from keys where keys.key = entries.key))
    ),
    among_numbers as (  -- 6.1 became 2026-01-06
        select
            import_id,
            line,
            name,
            value,
            key,
            'mixed_units' as rule,
            'a date, where nearly all have a number' as why
        from entries
        where
            regexp_matches(value, '{any_date}')
            and not regexp_matches(name, '{named_date}')
    ),
    numbers as (
        select key
        from counted
        group by key
        having
            sum(n) >= {min_rows}
            and sum(n) filter (
                regexp_matches(folded, '^[0-9]+(?:[.,][0-9]+)?(?: ?\pL{1,12})?$')
            )
            >= 0.9 * sum(n)
    ),
    lists as materialized(
        select
            import_id,
            line,
            name,
            value,
            key,
            unnest(pieces) as piece,
            len(pieces) as n_pieces
        from
            (
                select
                    *,
                    list_distinct(
                        list_transform(
                            string_split_regex(folded, ' *[/,，、;；|] *'),
                            lambda p:trim(p)
                        )
                    ) as pieces
                from entries
                where  -- one mark between them: orange/yellow, red, black is a cable
                    regexp_matches(folded, '[/,，、;；|].*[/,，、;；|].*[/,，、;；|]')
                    and len(list_distinct(regexp_extract_all(folded, '[/,，、;；|]'))) = 1
            )
        where len(pieces) >= 5
    ),
    every_option as (
        select
            l.import_id,
            l.line,
            l.name,
            l.value,
            l.key,
            'missing_attribute' as rule,
            'a list of all choices' as why
        from lists as l
        join counted as c on c.key = l.key and c.folded = l.piece and c.n >= 3
        group by all
        having count(distinct l.piece) >= 0.8 * max(l.n_pieces)
    ),
    few_lists as (
        select l.*
        from every_option as l
        join keys as k using (key)
        where
            (select count(distinct(import_id, line)) from lists where lists.key = l.key)
            <= greatest(2, {max_share} * k.n)
            and (
                select count(*)
                from entries as o
                where o.key = l.key and regexp_matches(o.folded, '[/,，、;；|]')
            )
            <= 0.05 * k.n
    ),
    values_of_keys as materialized(  -- how many listings say each value, and the key
        select c.key, c.folded, c.n, k.n as n_of_key
        from counted as c
        join keys as k using (key)
        where k.n >= {min_rows} and regexp_matches(c.folded, '^[\p{L} -]{3,}$')
    ),
    closed as (  -- nearly all say one of a few values
        select key
        from counted
        group by key
        having sum(n) filter (n >= 3) >= 0.95 * sum(n)
    ),
    related as materialized(  -- two attributes of one kind of value: colours
        select a.key as one, b.key as another
        from values_of_keys as a
        join values_of_keys as b on a.folded = b.folded and a.key <> b.key
        group by a.key, b.key, a.n_of_key, b.n_of_key
        having sum(least(a.n / a.n_of_key, b.n / b.n_of_key)) > 0.1
    ),
    usual_keys as (  -- that listings of a category have
        select category, key
        from
            (
                select
                    category,
                    key,
                    count(*) as n,
                    max(count(*)) over (partition by category) as n_most
                from entries
                where category <> ''
                group by category, key
            )
        where n >= {min_rows} and n >= 0.5 * n_most
    ),
    foreign_values as (  -- rare here, and usual of others, all of another kind
        select own.key, own.folded, list(other.key) as others
        from values_of_keys as own
        semi join closed using (key)
        join
            values_of_keys as other
            on other.folded = own.folded
            and other.key <> own.key
            and other.n >= greatest(10, 10 * own.n)
        left join related as r on r.one = own.key and r.another = other.key
        where
            own.n <= greatest(2, 0.002 * own.n_of_key)
            and own.folded not in ('true', 'false', 'yes', 'no')
        group by own.key, own.folded
        having count(r.one) = 0
    ),
    misplaced as (  -- with the attribute whose value it is, which the category has
        select e.import_id, e.line, e.name, e.value, e.key, u.key as meant
        from entries as e
        join foreign_values as f on f.key = e.key and f.folded = e.folded
        join
            usual_keys as u
            on u.category = e.category
            and list_contains(f.others, u.key)
        where e.category <> ''
    ),
    of_another as (  -- of which the listing says something odd, too
        select
            m.import_id,
            m.line,
            any_value(m.name) as name,
            any_value(m.value) as value,
            m.key,
            'missing_attribute' as rule,
            'a value of another attribute' as why
        from misplaced as m
        left join
            entries as o
            on o.import_id = m.import_id
            and o.line = m.line
            and o.key = m.meant
        left join counted as c on c.key = o.key and c.folded = o.folded
        left join keys as k on k.key = o.key
        group by m.import_id, m.line, m.key, m.meant
        having bool_and(c.n <= greatest(2, 0.002 * k.n))
    ),
    few_of_another as (
        select o.*
        from of_another as o
        join keys as k using (key)
        join
            (select key, count(*) as n_odd from of_another group by key) as c using (
                key
            )
        where n_odd <= greatest(2, {max_share} * k.n)
    ),
    scripts as (
        select
            count(*) filter (regexp_matches(name, '\p{Han}')) as n_written,
            count(*) as n_all
        from entries
    ),
    foreign_names as (
        select
            e.import_id,
            e.line,
            e.name,
            e.value,
            e.key,
            'missing_attribute' as rule,
            'its name is in another language than nearly all others' as why
        from entries as e, scripts
        where
            (
                (regexp_matches(e.name, '\p{Han}') and n_written <= {max_share} * n_all)
                or (
                    regexp_matches(e.name, '^[A-Za-z ]+$')
                    and n_all - n_written <= {max_share} * n_all
                    and n_all > 0
                )
            )
            and not exists (  -- nor beside the usual name
                select 1
                from entries as o
                where
                    o.import_id = e.import_id
                    and o.line = e.line
                    and o.key = e.key
                    and o.name <> e.name
            )
    ),
    written_keys as (
        select key
        from counted
        group by key
        having
            sum(n) >= {min_rows}
            and sum(n) filter (regexp_matches(folded, '\p{Han}'))
            between 1 and greatest(2, {max_share} * sum(n))
    ),
    foreign_values_of as (
        select
            import_id,
            line,
            name,
            value,
            key,
            'missing_attribute' as rule,
            'its value is in another language than nearly all others' as why
        from entries
        semi join written_keys using (key)
        where
            regexp_matches(value, '\p{Han}') and not regexp_matches(value, '{any_date}')
    ),
    names as (select key, name, count(*) as n from entries group by key, name),
    usual_names as (  -- of one attribute, that nearly all listings write
        select key, name as usual, n
        from names
        qualify n >= greatest(10 * {min_rows}, 0.9 * sum(n) over (partition by key))
    ),
    other_names as (
        select
            e.import_id,
            e.line,
            e.name,
            e.value,
            e.key,
            'missing_attribute' as rule,
            'nearly all others write its name as ' || usual as why
        from entries as e
        join names as o on o.key = e.key and o.name = e.name
        join
            usual_names as u
            on u.key = e.key
            and u.usual <> e.name
            and o.n <= 0.01 * u.n
        where
            regexp_matches(e.name, '^[A-Za-z ]+$')
            and not exists (
                select 1
                from entries as s
                where s.import_id = e.import_id and s.line = e.line and s.name = usual
            )
    ),
    misspelt as (
        select r.key, min(k.name) as meant
        from keys as r
        join
            keys as k
            on k.n >= greatest({min_rows}, 50 * r.n)
            and damerau_levenshtein(r.key, k.key) = 1
            and regexp_matches(k.name, '^\p{L}+$')
            and left(r.key, 1) = left(k.key, 1)
        where r.n <= 2 and length(r.key) >= 5 and regexp_matches(r.key, '^\p{L}+$')
        group by r.key
    ),
    misspelt_names as (
        select
            e.import_id,
            e.line,
            e.name,
            e.value,
            e.key,
            'missing_attribute' as rule,
            'its name is spelt in another way than ' || meant as why
        from entries as e
        join misspelt using (key)
        where
            not exists (
                select 1
                from entries as o
                where o.import_id = e.import_id and o.line = e.line and o.name = meant
            )
    ),
    found as (
        select *
        from few_words
        union all
        select *
        from below_or_nothing
        union all
        select *
        from dates
        union all
        select a.*
        from among_numbers as a
        semi join numbers using (key)
        union all
        select *
        from few_lists
        union all
        select *
        from foreign_values_of
        union all
        select *
        from other_names
        union all
        select *
        from few_of_another
        union all
        select *
        from foreign_names
        union all
        select *
        from misspelt_names
    )
select
    import_id,
    line,
    rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := min(name),
                old := left(min_by(value, name), 100),
                why := min_by(why, name)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line, rule
