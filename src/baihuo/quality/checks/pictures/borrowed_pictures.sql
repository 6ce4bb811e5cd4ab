-- Findings: the one or two listings of another department that show a picture which
-- many of one category show: it is of those. A listing whose title does not speak of
-- its own category is left out, since it may be in the wrong one.
--
-- {rows}       products: category, title_en, title_zh
-- {corrected}  the category of r, or the one that it should have
-- {min_owners} listings of one category with a picture, before it is theirs
-- {max_share}  of all pictures, that are borrowed so: more, and the shop takes pictures
-- of a set
-- {min_word}   of a category's titles, that have a word of it, 0 to 1
-- {max_word}   of the other category's titles, that have it
with
    shown as materialized(
        select distinct
            picture, import_id, line, product_id, category, left(image, 200) as image
        from product_images
        join inspected using (image)
        where picture is not null and category <> ''
    ),
    counted as (
        select picture, category, count(distinct product_id) as n
        from shown
        group by picture, category
    ),
    owners as (
        select
            picture, max_by(category, (n, category)) as owner, cast(sum(n) as int) as n
        from counted
        group by picture
        having
            max(n) >= {min_owners}
            and count(*) > 1
            and sum(n) - max(n) <= 2
            and max(n) >= 0.8 * sum(n)
    ),
    borrowed as (
        select
            shown.*,
            owner,
            n - count(*) over (partition by picture) as n_owners,
            count(distinct picture) over () as n_pictures
        from shown
        join owners using (picture)
        where split_part(category, ' > ', 1) <> split_part(owner, ' > ', 1)
    ),
    few as materialized(
        select *
        from borrowed
        where n_pictures <= {max_share} * (select count(distinct picture) from shown)
    ),
    concerned as (
        select category
        from few
        union
        select owner
        from few
    ),
    words as materialized(
        select
            import_id,
            line,
            category,
            unnest(
                list_distinct(
                    list_concat(
                        regexp_extract_all(
                            lower(coalesce(title_en, '')), '[\p{Latin}]{3,}'
                        ),
                        list_transform(
                            range(1, length(coalesce(title_zh, ''))),
                            lambda i:title_zh[i:i + 1]
                        )
                    )
                )
            ) as word
        from
            (
                select import_id, line, title_en, title_zh, {corrected} as category
                from {rows} as r
            )
        where category in (select category from concerned)
    ),
    sizes as (
        select category, count(distinct(import_id, line)) as n
        from words
        group by category
    ),
    shares as (
        select w.category, word, count(*) / any_value(s.n) as share
        from words as w
        join sizes as s using (category)
        group by w.category, word
    ),
    counted_words as (  -- with how many words of its own category, and of the other
        select
            f.import_id,
            f.line,
            f.picture,
            count(*) filter (
                own.share >= {min_word} and coalesce(other.share, 0) <= {max_word}
            ) as n_own,
            count(*) filter (
                other.share >= {min_word} and coalesce(own.share, 0) <= {max_word}
            ) as n_other
        from few as f
        join words as w using (import_id, line)
        left join shares as own on own.category = f.category and own.word = w.word
        left join shares as other on other.category = f.owner and other.word = w.word
        group by f.import_id, f.line, f.picture
    )
select
    import_id,
    line,
    'shared_picture' as rule,
    'note' as action,
    'images' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'images',
                picture := min(image),
                shown_by := max(n_owners),
                of := min(owner)
            )
        ) as varchar
    ) as detail
from few
join counted_words using (import_id, line, picture)
where n_own > 0 and n_other = 0
group by import_id, line
