-- Findings: models that are none (the listing's code, a date, its title), that lost
-- their letters, or that are another listing's, as title or text say. Where titles
-- (texts) of the shop often name models of other listings, they name what a thing fits,
-- and nothing is said.
--
-- {rows}      products: product_id, model, codes, title_en, description_en
-- {odd}       RE2 of a cell that is no model: a date, a formula, an address
-- {min_rows}  titles (texts) that name a model
-- {min_share} of them that name their own
with
    modelled as materialized(
        select
            import_id,
            line,
            product_id,
            trim(model) as model,
            lower(trim(model)) as name,
            lower(trim(title_en)) as title,
            title_en,
            description_en,
            codes
        from {rows}
        where trim(model) <> ''
    ),
    models as materialized(
        select name
        from modelled
        where
            length(name) between 4 and 24
            and regexp_matches(name, '^[a-z0-9][a-z0-9./-]*[0-9][a-z0-9./-]*$')
            and regexp_matches(name, '[a-z]')
        group by name
        having count(*) <= 5
    ),
    tokens as materialized(
        select
            import_id,
            line,
            name,
            where_said,
            list_filter(tokens, lambda t:t <> name) as others,
            contains(said, name) as is_own
        from
            (
                select
                    import_id,
                    line,
                    name,
                    'title_en' as where_said,
                    title as said,
                    list_distinct(
                        regexp_extract_all(title, '[a-z0-9][a-z0-9./-]*[a-z0-9]')
                    ) as tokens
                from modelled
                where title <> ''
                union all
                select
                    import_id,
                    line,
                    name,
                    'description_en',
                    lower(description_en),
                    list_distinct(
                        regexp_extract_all(
                            lower(left(description_en, 2000)),
                            '[a-z0-9][a-z0-9./-]*[a-z0-9]'
                        )
                    )
                from modelled
                where regexp_matches(description_en, '[0-9]')
            )
    ),
    named as materialized(
        select import_id, line, where_said, name, is_own, min(token) as other
        from
            (
                select
                    import_id, line, where_said, name, is_own, unnest(others) as token
                from tokens
                where name in (select name from models)
            )
        where
            token in (select name from models)
            and token <> name
            and (
                where_said = 'title_en'
                or regexp_replace(
                    regexp_replace(token, '[a-z]', 'a', 'g'),
                    '[0-9]',
                    '9',
                    'g'
                ) = regexp_replace(
                    regexp_replace(name, '[a-z]', 'a', 'g'), '[0-9]', '9', 'g'
                )
            )
        group by import_id, line, where_said, name, is_own
    ),
    usual as (
        select t.where_said
        from
            (
                select where_said, count(*) filter (is_own) as n_own, count(*) as n_said
                from tokens
                group by where_said
            ) as t
        left join
            (select where_said, count(*) as n_other from named group by where_said) as o
            using (where_said)
        where
            n_own >= greatest({min_rows}, 0.3 * n_said)
            and n_own
            >= case when where_said = 'title_en' then {min_share} else 0.98 end
            * (n_own + coalesce(n_other, 0))
    ),
    found as (
        select
            import_id,
            line,
            name as holds,
            other as said,
            case
                when where_said = 'title_en'
                then 'the title names the model of another listing'
                else 'the text names the model of another listing'
            end as why,
            where_said
        from named
        semi join usual using (where_said)
        where not is_own
        union all
        select
            import_id,
            line,
            left(model, 200),
            left(title_en, 200),
            case
                when contains(codes, model) and regexp_matches(model, '^[0-9]{8,14}$')
                then 'the listing''s own code'
                when name = title
                then 'the whole title'
                when regexp_matches(model, '{odd}')
                then 'a cell of another column, or a date that a spreadsheet made'
                else 'the title has it with letters'
            end,
            'model'
        from modelled
        where
            (
                contains(codes, model)
                and regexp_matches(model, '^[0-9]{8,14}$')
                and not contains(title, name)
            )
            or (
                name = title
                and length(name) > 20
                and regexp_matches(name, '\S\s+\S+\s+\S+\s+\S+\s+\S+\s+\S')
            )
            or regexp_matches(model, '{odd}')
            or (
                regexp_matches(model, '^[0-9]{3,8}$')
                and regexp_matches(
                    title, '(?:^|[^a-z0-9])[a-z]{1,5}-?' || model || '(?:$|[^a-z0-9])'
                )
                and not regexp_matches(
                    title, '(?:^|[^a-z0-9])' || model || '(?:$|[^a-z0-9])'
                )
            )
    ),
    shaped as (
        select import_id, line, name, min(token) as token
        from
            (
                select import_id, line, name, unnest(others) as token
                from tokens
                where where_said = 'title_en' and not is_own
            )
        where
            regexp_matches(name, '^[a-z]+-?[0-9]{2,}[a-z0-9-]*$')
            and regexp_replace(
                regexp_replace(token, '[a-z]', 'a', 'g'), '[0-9]', '9', 'g'
            )
            = regexp_replace(regexp_replace(name, '[a-z]', 'a', 'g'), '[0-9]', '9', 'g')
            and (
                select count(*) filter (is_own) >= {min_share} * count(*)
                from tokens
                where where_said = 'title_en'
            )
        group by import_id, line, name
    ),
    all_found as (
        select *
        from found
        union all
        select import_id, line, name, token, 'the title names another model', 'title_en'
        from shaped
        where (import_id, line) not in (select (import_id, line) from found)
    ),
    shares as (select why, count(*) as n from all_found group by why)
select
    import_id,
    line,
    case
        when where_said = 'description_en'
        then 'description_of_another'
        else 'attribute_against_title'
    end as rule,
    'note' as action,
    case when where_said = 'description_en' then null else 'model' end as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field
                := case when where_said = 'model' then 'model' else where_said end,
                holds := holds,
                said := said,
                why := why
            )
        ) as varchar
    ) as detail
from all_found
semi join
    (
        select why
        from shares
        where n <= greatest(60, 0.03 * (select count(*) from modelled))
    ) using (why)
