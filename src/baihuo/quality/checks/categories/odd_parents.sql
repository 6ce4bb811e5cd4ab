-- Findings: categories that a few listings have below another parent than all others
-- of that name: kettles below electronics.
--
-- Parents that share names of categories (shoes of women and of men) are not judged,
-- nor a listing with a word that is typical of where it stands (a blanket for dogs).
--
-- {rows}      products: category, title_en, title_zh
-- {separator} between the levels of a category
-- {min_rows}  listings of a usual category
-- {few}       listings of one path that is odd, at most
-- {max_share} of a parent's listings, in categories of other parents
-- {times}     more often a word stands in titles of a place, before it is typical of it
with
    paths as (
        select
            category,
            n,
            levels[-1] as leaf,
            array_to_string(levels[:-2], '{separator}') as parent
        from
            (
                select
                    category,
                    count(*) as n,
                    string_split(lower(trim(category)), lower('{separator}')) as levels
                from {rows}
                where category <> ''
                group by category
            )
        where len(levels) >= 2
    ),
    usual as materialized(select * from paths where n >= {min_rows}),
    leaves as (
        select
            leaf,
            count(distinct parent) as n_parents,
            any_value(parent) as parent,
            max(n) as n,
            max_by(category, n) as meant
        from usual
        group by leaf
    ),
    sharing as (
        select parent
        from usual
        where leaf in (select leaf from leaves where n_parents > 1)
    ),
    odd as (
        select p.category, p.n, p.parent, l.meant
        from paths as p
        join leaves as l on l.leaf = p.leaf and l.parent <> p.parent
        where
            n_parents = 1
            and p.n <= {few}
            and l.n >= 10 * p.n
            and p.parent in (select parent from usual)
            and p.parent not in (select parent from sharing)
            and l.parent not in (select parent from sharing)
    ),
    judged as materialized(
        select category, parent, meant
        from odd
        join
            (select parent, sum(n) as n_parent from paths group by parent) using (
                parent
            )
        qualify sum(n) over (partition by parent) <= {max_share} * n_parent
    ),
    titles as materialized(
        select
            import_id,
            line,
            category,
            regexp_extract_all(
                lower(coalesce(title_en, '')), '\pL[\pL\pM]{2,}'
            ) as words,
            regexp_replace(coalesce(title_zh, ''), '[^\p{Han}]', '', 'g') as han
        from {rows}
        where
            category in (select category from judged)
            or category in (select meant from judged)
            or category
            in (select category from usual where parent in (select parent from judged))
    ),
    words as materialized(
        select
            import_id,
            line,
            category,
            unnest(
                list_distinct(words || [han[i:i + 1] for i in range(1, length(han))])
            ) as word
        from titles
    ),
    of_categories as (
        select category, word, count(*) as n from words group by category, word
    ),
    of_parents as (
        select parent, word, sum(o.n) as n
        from of_categories as o
        join usual using (category)
        group by parent, word
    ),
    sizes as (select parent, sum(n) as n_parent from usual group by parent),
    fitting as (
        select distinct w.import_id, w.line
        from judged as j
        join words as w using (category)
        join of_parents as p on p.parent = j.parent and p.word = w.word
        join sizes as s on s.parent = j.parent
        join usual as u on u.category = j.meant
        left join of_categories as o on o.category = j.meant and o.word = w.word
        where p.n >= 3 and p.n * u.n > {times} * (coalesce(o.n, 0) + 1) * s.n_parent
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
            struct_pack(
                field := 'category',
                old := category,
                new := meant,
                why := 'all others of this name are below another parent'
            )
        ) as varchar
    ) as detail
from titles
join judged using (category)
anti join fitting using (import_id, line)
