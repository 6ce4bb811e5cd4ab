-- Descriptions that end without the end of a sentence, where nearly all others have
-- one, or in a word that ends none: import_id, line, text, word (the last, lower case),
-- is_open (the word ends no sentence, or is a piece of the brand). Names and numbers
-- may
-- end a text anywhere.
--
-- {rows}      products: the field, brand
-- {field}     the description
-- {min_chars} a shorter text is a label
-- {ended}     share of the texts with an end, 0 to 1, from which it is how the shop
-- writes
-- {min_texts} texts, before it can be
-- {open}      RE2 of an end in a word that ends no sentence
-- {piece}     RE2 of an end in what may be a piece of a word
with
    texts as (
        select
            import_id,
            line,
            {field} as text,
            brand,
            regexp_matches(right({field}, 12), '[\pL\pN]\s*$') as is_unended
        from {rows}
        where length({field}) >= {min_chars}
    ),
    style as (
        select
            count(*) >= {min_texts}
            and count(*) filter (where is_unended)
            <= (1 - {ended}) * count(*) as is_usual
        from texts
    )
select * exclude (brand, is_usual)
from
    (
        select
            import_id,
            line,
            text,
            brand,
            lower(regexp_extract(right(text, 60), '([\pL\pN]+)\s*$', 1)) as word,
            regexp_matches(right(text, 60), '{open}')
            or coalesce(
                is_usual
                and length(word) >= 3
                and starts_with(lower(brand), word)
                and regexp_matches(substr(brand, length(word) + 1, 1), '\p{Ll}'),
                false
            ) as is_open,
            is_usual
        from texts, style
        where is_unended
    )
where is_open or (is_usual and regexp_matches(right(text, 60), '{piece}'))
