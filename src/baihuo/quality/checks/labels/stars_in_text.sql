-- Findings: reviews whose rating is the opposite of the stars that their text says,
-- where hardly any are.
--
-- {rows}      events: event_type, text, rating
-- {max_share} of all reviews: more, and the shop's stars mean something else
with
    found as (
        select r.*, n_stars
        from {rows} as r
        join stated_stars using (text)
        where
            event_type = 'review'
            and ((n_stars = 5 and rating <= 2) or (n_stars = 1 and rating >= 4))
    )
select
    import_id,
    line,
    'contradictory_rating' as rule,
    'note' as action,
    'rating' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'rating',
                old := cast(rating as varchar),
                stars_in_text := n_stars
            )
        ) as varchar
    ) as detail
from found
where
    (select count(*) from found) <= greatest(
        1, {max_share} * (select count(*) from {rows} where event_type = 'review')
    )
