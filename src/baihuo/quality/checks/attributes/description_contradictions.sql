-- Findings: descriptions that name another value of an attribute, another brand or
-- another listing's model than their product has, and not its own.
--
-- A value is trusted where nearly all descriptions that name it are of products that
-- hold it; models where nearly all descriptions that name any name their own.
--
-- {rows} the products left, with model, titles and descriptions
-- {codes} the words of letters and digits of the English description: a list
-- {codes_zh} those of the Chinese one
-- {min_rows} products that confirm a value, descriptions that name their model
-- {min_agreement} of descriptions that name a value, the share that holds it, 0 to 1
-- {min_named_share} of products that hold a value, whose description names it, 0 to 1
with
    mentions as (
        select *, list_contains(mentioned_values, held) as is_held_named
        from (select *, unnest(mentioned_values) as mentioned from description_mentions)
    ),
    trusted as (
        select scope, key, mentioned
        from mentions
        group by scope, key, mentioned
        having
            count(*) filter (held = mentioned) >= {min_rows}
            and count(*) filter (held = mentioned) >= {min_agreement} * count(*)
    ),
    usually_named as (
        select scope, key, value as held
        from known_values
        left join
            (
                select distinct import_id, line, scope, key
                from mentions
                where is_held_named
            ) as named using (import_id, line, scope, key)
        group by scope, key, value
        having count(named.line) >= {min_named_share} * count(*)
    ),
    listings as (
        select
            import_id,
            line,
            ' ' || array_to_string(
                regexp_extract_all(
                    lower(concat_ws(' ', title_en, brand, model)), '[\p{L}\p{N}]+'
                ),
                ' '
            )
            || ' ' as own_names,
            lower(coalesce(title_zh, '')) as title_zh,
            array_to_string(
                regexp_extract_all(lower(model), '[\p{L}\p{N}]+'), ' '
            ) as model,
            {codes} as codes_en,
            {codes_zh} as codes_zh
        from {rows}
        where description_en is not null or description_zh is not null
    ),
    models as (
        select distinct model
        from listings
        where
            regexp_matches(model, '^[a-z0-9]{4,}$')
            and regexp_matches(model, '[0-9]')
            and regexp_matches(model, '[a-z]')
    ),
    models_named as (
        select import_id, line, language, own_names, described.model, named
        from
            (
                select *, unnest(codes) as named
                from
                    (
                        unpivot listings on codes_en,
                        codes_zh into name language value codes
                    )
            ) as described
        join models on models.model = named
    ),
    by_listing as (
        select
            import_id,
            line,
            any_value(model) as held,
            list_sort(list(named)) as names,
            bool_or(contains(own_names, ' ' || named || ' ')) as is_own
        from models_named
        group by import_id, line, language
    ),
    found as (
        select import_id, line, 'model' as attribute, held, names[1] as says
        from by_listing
        where
            not is_own
            and (
                select
                    count(*) filter (is_own) >= {min_rows}
                    and count(*) filter (is_own) >= {min_agreement} * count(*)
                from by_listing
            )
        union all
        select
            import_id,
            line,
            if(key = 'brand' and scope = '', 'brand', name),
            held,
            mentioned
        from mentions
        semi join trusted using (scope, key, mentioned)
        semi join usually_named using (scope, key, held)
        join listings using (import_id, line)
        where
            not is_held_named
            and not contains(mentioned, held)
            and not contains(held, mentioned)
            and not contains(own_names, ' ' || mentioned || ' ')
            and not contains(title_zh, mentioned)
            and not exists (
                select 1
                from known_values as other
                where
                    other.import_id = mentions.import_id
                    and other.line = mentions.line
                    and contains(' ' || other.value || ' ', ' ' || mentioned || ' ')
            )
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
                attribute := min(attribute),
                holds := arg_min(held, attribute),
                description_says := arg_min(says, attribute)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line
