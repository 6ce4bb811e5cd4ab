-- Findings: categories that hardly any listing has and that are another's path in other
-- letters (misspelt, turned round, in another script, cut with another mark), or that
-- name none: a number, an address, a brand, a campaign, a category that was put away.
--
-- {rows}     products: category, brand
-- {separator} between the levels of a category
-- {min_rows} listings of a category that is meant
-- {few}      listings of one path that is odd, at most
-- {max_share} of the categorised listings, whose categories are in one script or
-- numbers
-- {number}   RE2 of a path that is no name
-- {campaign} RE2 of a level that is a page or a campaign of the shop
-- {put_away} RE2 of the marks of a category that was put away
with
    paths as materialized(
        select
            category,
            count(*) as n,
            lower(trim(category)) as path,
            string_split(lower(category), lower('{separator}')) as levels,
            regexp_matches(category, '\p{Han}') as is_han,
            regexp_matches(category, '{number}') as is_number,
            len(
                list_filter(
                    levels, lambda level: not regexp_matches(trim(level), '{campaign}')
                )
            )
            = 0 as is_campaign,
            [
                trim(regexp_replace(level, '{put_away}', '', 'g')) for level in levels
            ] as kept_levels
        from {rows}
        where category <> ''
        group by category
    ),
    total as (
        select
            sum(n) as n_all,
            coalesce(sum(n) filter (is_han), 0) as n_han,
            coalesce(sum(n) filter (is_number), 0) as n_numbers,
            coalesce(sum(n) filter (is_campaign), 0) as n_campaigns
        from paths
    ),
    usual as materialized(select * from paths where n >= {min_rows}),
    pairs as (
        select
            r.category,
            r.n,
            u.category as meant,
            string_split_regex(r.path, '\s*[>/|,;\\→»›]+\s*') as names,
            string_split_regex(u.path, '\s*[>/|,;\\→»›]+\s*') as names_meant,
            list_filter(
                list_zip(r.levels, u.levels),
                lambda pair:pair[1] is distinct from pair[2]
            ) as differences,
            differences[1][1] as spelt,
            differences[1][2] as usual_spelling
        from paths as r
        join usual as u on u.n >= 10 * r.n and r.category <> u.category
        where r.n <= {few}
    ),
    odd as (
        select category, min(meant) as meant, 'another spelling of a category' as why
        from pairs
        where
            (  -- one level is misspelt; other words of a few letters are other things
                len(differences) = 1
                and regexp_replace(spelt, '[^0-9]', '', 'g')
                = regexp_replace(usual_spelling, '[^0-9]', '', 'g')
                and (
                    (
                        damerau_levenshtein(spelt, usual_spelling) = 1
                        and list_sort(string_split(spelt, ''))
                        = list_sort(string_split(usual_spelling, ''))
                    )
                    or (
                        not regexp_matches(usual_spelling, '\p{Han}')
                        and length(usual_spelling) >= 6
                        and left(spelt, 1) = left(usual_spelling, 1)
                        and damerau_levenshtein(spelt, usual_spelling) <= case
                            when n <= 3 and length(usual_spelling) >= 10 then 2 else 1
                        end
                    )
                )
            )
            or list_sort(list_filter(names, lambda name:name <> ''))
            = list_sort(list_filter(names_meant, lambda name:name <> ''))
        group by category
        union all
        select category, null, 'a number or an address, where others have names'
        from paths, total
        where is_number and n_numbers <= {max_share} * n_all
        union all
        select category, null, 'a page or a campaign, no kind of product'
        from paths, total
        where is_campaign and n_campaigns <= {max_share} * n_all
        union all
        select p.category, min(m.category), 'it was put away'
        from paths as p
        join paths as m on m.levels = p.kept_levels
        where p.kept_levels <> p.levels
        group by p.category
        union all
        select category, null, 'in another script than the others'
        from paths, total
        where
            (is_han and n_han <= {max_share} * n_all)
            or (not is_han and not is_number and n_all - n_han <= {max_share} * n_all)
        union all
        select category, null, 'a brand'
        from paths
        where
            n <= {few}
            and levels[-1] in (
                select lower(trim(brand))
                from {rows}
                where length(brand) > 1
                group by lower(trim(brand))
                having count(*) >= {min_rows}
            )
            and levels[-1] not in (select unnest(levels) from usual)
    )
select
    import_id,
    line,
    'wrong_category' as rule,
    'note' as action,
    'category' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(field := 'category', old := category, new := meant, why := why)
        ) as varchar
    ) as detail
from {rows}
join
    (
        select category, min(meant) as meant, min(why) as why from odd group by category
    ) using (category)
