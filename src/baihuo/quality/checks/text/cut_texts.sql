-- Notes: descriptions that stop within a sentence or a word.
--
-- {candidates} import_id, line, text, word, is_open
-- {rows}      products: the field
-- {field}     the description
-- {min_chars} as for the candidates
-- {most}      texts that words are read of
-- {min_share} share of those texts that have a word, before it can be known never to
-- end
-- a sentence, or have longer words, before a word is a piece of them; 0 to 1
-- {min_texts} and so many texts at least
-- {max_little} letters of a little word: longer ones may end a sentence at any time
with
    read as (
        select lower({field}) as text
        from {rows}
        where
            length({field}) >= {min_chars}
            and not regexp_matches(right({field}, 12), '[\pL\pN]\s*$')
        order by hash({field})
        limit {most}
    ),
    words as materialized(
        select word, count(*) as n
        from
            (
                select
                    unnest(list_distinct(regexp_extract_all(text, '[\pL\pN]+'))) as word
                from read
            )
        group by word
    ),
    ends as materialized(
        select distinct
            unnest(regexp_extract_all(text, '([\pL\pN]+)[^\pL\pN\s]*[.!?]', 1)) as word
        from read
    ),
    least as (
        select greatest({min_texts}, {min_share} * count(*)) as n_least from read
    ),
    last_words as (select distinct word from {candidates} where not is_open),
    cut as (
        select l.word
        from last_words as l
        cross join least
        left join words as w using (word)
        where
            (
                w.n is null
                and (
                    select sum(n)
                    from words as longer
                    where starts_with(longer.word, l.word)
                )
                >= n_least
            )
            or (
                w.n >= n_least
                and length(l.word) <= {max_little}
                and l.word not in (select word from ends)
            )
    )
select
    import_id,
    line,
    'unreadable_characters' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                text := left(text, 300),
                why := 'it stops within a sentence or a word',
                found := right(text, 60)
            )
        ) as varchar
    ) as detail
from {candidates}
where is_open or word in (select word from cut)
