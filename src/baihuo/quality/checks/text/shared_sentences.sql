-- TODO: what its rows are
-- {any_share}
-- {field}
-- {min_chars}
-- {min_roots}
-- {min_rows}
-- {rows}
-- {sentences}
-- {service}
-- {service_share}
with
    sentences as ({sentences}),
    frequent as (
        select sentence, count(*) as n
        from sentences
        group by sentence
        having count(*) >= {min_rows} and length(sentence) >= {min_chars}
    ),
    described as (select count(*) as n_described from {rows} where {field} <> ''),
    enough as (
        select sentence, n
        from frequent, described
        where
            n >= {any_share} * n_described
            or (
                n >= {service_share} * n_described
                and regexp_matches(sentence, '{service}')
            )
    )
select sentence, any_value(n) as n
from sentences
join enough using (sentence)
group by sentence
having
    count(distinct coalesce(split_part(category, ' > ', 1), brand)) >= {min_roots}
    and count(distinct coalesce(brand, '')) >= 2
