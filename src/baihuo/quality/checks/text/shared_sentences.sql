-- Sentences that unrelated products share: sentence, n (products that have it).
-- {sentences}       a SELECT of sentences of descriptions
-- {rows}            products: the description
-- {field}           the column of the description
-- {service_pattern} RE2 of words about shipping, returns and the shop
-- {min_products}    products that have the sentence …
-- {min_categories}  … in so many first levels of the category (else brands)
-- {min_chars}       a shorter sentence says too little to judge
-- {any_share}       share of all descriptions, for any sentence, 0 to 1
-- {service_share}   the same for a sentence about service, 0 to 1
with
    sentences as ({sentences}),
    frequent as (
        select sentence, count(*) as n
        from sentences
        group by sentence
        having count(*) >= {min_products} and length(sentence) >= {min_chars}
    ),
    described as (select count(*) as n_described from {rows} where {field} <> ''),
    common as (
        select sentence, n
        from frequent, described
        where
            n >= {any_share} * n_described
            or (
                n >= {service_share} * n_described
                and regexp_matches(sentence, '{service_pattern}')
            )
    )
select sentence, any_value(n) as n
from sentences
join common using (sentence)
group by sentence
having
    count(distinct coalesce(split_part(category, ' > ', 1), brand)) >= {min_categories}
    and count(distinct coalesce(brand, '')) >= 2
