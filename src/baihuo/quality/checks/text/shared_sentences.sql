-- Sentences that unrelated products share: sentence (lower case, without its full
-- stop), n (products that have it).
-- {rows}             products: the description, category, brand
-- {field}            the column of the description
-- {sentence_pattern} RE2 of one sentence with its end
-- {end_pattern}      RE2 of the end of a sentence
-- {service_pattern}  RE2 of words about shipping, returns and the shop
-- {min_products}     products that have the sentence …
-- {min_categories}   … in so many first levels of the category (else brands)
-- {min_chars}        a shorter sentence says too little to judge
-- {any_share}        share of all descriptions, for any sentence, 0 to 1
-- {service_share}    the same for a sentence about service, 0 to 1
with
    described as (select * from {rows} where {field} <> ''),
    sentences as (
        select distinct
            import_id,
            line,
            category,
            brand,
            lower(trim(regexp_replace(piece, '{end_pattern}', ''))) as sentence
        from
            (
                select
                    import_id,
                    line,
                    category,
                    brand,
                    unnest(regexp_extract_all({field}, '{sentence_pattern}')) as piece
                from described
            )
    ),
    frequent as (
        select sentence, count(*) as n
        from sentences
        group by sentence
        having
            n >= {min_products}
            and length(sentence) >= {min_chars}
            and n
            >= (select count(*) from described)
            * if(
                regexp_matches(sentence, '{service_pattern}'),
                {service_share},
                {any_share}
            )
    )
select sentence, any_value(n) as n
from sentences
join frequent using (sentence)
group by sentence
having
    count(distinct coalesce(split_part(category, ' > ', 1), brand)) >= {min_categories}
    and count(distinct coalesce(brand, '')) >= 2
order by sentence
