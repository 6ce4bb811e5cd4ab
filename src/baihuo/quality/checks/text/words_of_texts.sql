-- Which of some words stand in English descriptions, and how often: word, n.
--
-- {rows} products: description_en
-- words  the words that are looked for: word
select word, count(*) as n
from
    (
        select
            unnest(
                list_distinct(
                    regexp_extract_all(lower(description_en), '[\pL]+(?:-[\pL]+)?')
                )
            ) as word
        from {rows}
        where description_en <> ''
    )
where word in (select word from words)
group by word
