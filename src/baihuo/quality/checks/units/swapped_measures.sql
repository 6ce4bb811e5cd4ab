-- Findings: two attributes of one kind of measure whose values changed places: titles
-- of their category write them in one order (8GB + 512GB) and one is the smaller in
-- nearly all, and here it is the larger and written second.
--
-- {rows}      products: title_en, title_zh
-- {min_rows}  products of a category whose title has both
-- {min_share} of them, that write and size them so, 0 to 1
with
    places as (
        select
            m.import_id,
            m.line,
            m.dimension,
            m.base,
            m.other,
            min(strpos(coalesce(r.title_en, r.title_zh), m.text)) as place
        from title_measures as m
        join {rows} as r using (import_id, line)
        where strpos(coalesce(r.title_en, r.title_zh), m.text) > 0
        group by all
    ),
    placed as (
        select
            v.import_id,
            v.line,
            category,
            key,
            v.text,
            dimension,
            v.base,
            min(place) as place
        from measured_values as v
        join places as p using (import_id, line, dimension)
        -- two sides of a thing are written in any order
        where
            dimension not in ('length', 'time', 'count') and v.base in (p.base, p.other)
        group by all
    ),
    pairs as (
        select
            a.import_id,
            a.line,
            a.category,
            a.key as one,
            b.key as another,
            a.text as one_text,
            b.text as another_text,
            a.place < b.place as is_first,
            a.base < b.base as is_smaller
        from placed as a
        join
            placed as b
            on a.import_id = b.import_id
            and a.line = b.line
            and a.dimension = b.dimension
            and a.key < b.key
        where a.place <> b.place and a.base <> b.base
    ),
    habits as (
        select
            category,
            one,
            another,
            avg(is_first::int) > 0.5 as is_first,
            avg(is_smaller::int) > 0.5 as is_smaller
        from pairs
        group by category, one, another
        having
            count(*) >= {min_rows}
            and greatest(avg(is_first::int), 1 - avg(is_first::int)) >= {min_share}
            and greatest(avg(is_smaller::int), 1 - avg(is_smaller::int)) >= {min_share}
    )
select
    import_id,
    line,
    'title_contradicts_attribute' as rule,
    'note' as action,
    'attributes' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'attributes',
                attribute := min(one || ', ' || another),
                old := min(one_text || ', ' || another_text),
                why := 'the two changed places: the title has them in the other order'
            )
        ) as varchar
    ) as detail
from pairs as p
join habits as h using (category, one, another)
where p.is_first <> h.is_first and p.is_smaller <> h.is_smaller
group by import_id, line
