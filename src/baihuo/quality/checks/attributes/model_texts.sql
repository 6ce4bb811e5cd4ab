-- Findings: descriptions that name the model of another listing and not their own,
-- where descriptions of the shop that name any model name their own. Where they often
-- name models of others, they say what a thing fits, and nothing is found.
--
-- {rows}      products: model, title_en, description_en
-- {min_rows}  texts that name their own model
-- {min_share} of the texts that name any, that name their own
with
    texts as materialized(
        select
            import_id,
            line,
            lower(trim(model)) as name,
            lower(coalesce(title_en, '')) as title,
            lower(left(description_en, 2000)) as said
        from {rows}
        where trim(model) <> '' and regexp_matches(description_en, '[0-9]')
    ),
    models as materialized(
        select
            name,
            regexp_replace(
                regexp_replace(name, '[a-z]', 'a', 'g'), '[0-9]', '9', 'g'
            ) as shape
        from (select lower(trim(model)) as name from {rows})
        where
            length(name) between 4 and 24
            and regexp_matches(name, '^[a-z0-9][a-z0-9./-]*[0-9][a-z0-9./-]*$')
            and regexp_matches(name, '[a-z]')
        group by name
        having count(*) <= 5
    ),
    others as materialized(
        select t.import_id, t.line, t.name, min(m.name) as other
        from
            (
                select
                    import_id,
                    line,
                    name,
                    title,
                    unnest(
                        list_distinct(
                            regexp_extract_all(said, '[a-z0-9][a-z0-9./-]*[a-z0-9]')
                        )
                    ) as token
                from texts
                where not contains(said, name)
            ) as t
        join models as m on m.name = t.token
        join models as own on own.name = t.name and own.shape = m.shape
        where not contains(t.title, t.token)
        group by t.import_id, t.line, t.name
    ),
    counts as (
        select
            count(*) as n,
            count(*) filter (contains(said, name)) as n_own,
            (select count(*) from others) as n_other
        from texts
    )
select
    import_id,
    line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'description_en',
                holds := name,
                said := other,
                why := 'the text names the model of another listing'
            )
        ) as varchar
    ) as detail
from others
where
    (
        select
            n_own >= greatest({min_rows}, 0.3 * n)
            and n_own >= {min_share} * (n_own + n_other)
        from counts
    )
