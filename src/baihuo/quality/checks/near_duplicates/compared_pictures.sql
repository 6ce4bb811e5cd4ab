-- Pairs of listings that both have pictures in files and share none by name, with the
-- first of them: a, b, some, others.
-- {max_pictures} of a listing that are compared
select a, b, x.images[1: {max_pictures}] as some, y.images[1: {max_pictures}] as others
from pairs
join candidate_listings as x on x.n = a
join candidate_listings as y on y.n = b
where
    len(x.images) > 0
    and len(y.images) > 0
    and not list_has_any(x.images, y.images)
    and not regexp_matches(x.images[1] || y.images[1], '^https?:')
