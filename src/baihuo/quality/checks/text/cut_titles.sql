-- Notes: titles that stop within a word: the last word is none that another text has,
-- and begins one that the listing's description or attributes have, or that other
-- titles have behind the word before it.
--
-- A title may end in an abbreviation. It is taken for one where it stands within other
-- titles, in an attribute or in a description, or where several titles end so; and a
-- word that differs by its ending alone is one, too (sandal and sandals).
--
-- {rows}  products: title_en, description_en, attributes, brand, model
-- {piece} RE2 of a last word that may be a piece of one
-- {word}  RE2 of a word
-- {most}  descriptions that words are read of
-- {min_titles} titles that have two words together
-- {max_ends} titles that end in one piece
-- {endings} RE2 of what is behind the stem of a word
-- {plurals} RE2 of what is behind one of two or three letters
with
    titles as materialized(
        select
            import_id,
            line,
            title_en,
            regexp_extract_all(lower(title_en), '{word}') as words,
            if(
                regexp_matches(title_en, '{piece}'),
                lower(regexp_extract(title_en, '{piece}', 1)),
                null
            ) as piece,
            array_to_string(
                regexp_extract_all(
                    lower(concat_ws(' ', attributes, brand, model)), '{word}'
                ),
                ' '
            ) as held
        from {rows}
        where title_en <> ''
    ),
    used as (
        select
            unnest(
                list_distinct(
                    list_concat(
                        if(piece is null, words, words[:-2]), string_split(held, ' ')
                    )
                )
            ) as word
        from titles
        union all
        select unnest(list_distinct(regexp_extract_all(lower(text), '{word}')))
        from
            (
                select description_en as text
                from {rows}
                where description_en <> ''
                order by hash(description_en)
                limit {most}
            )
    ),
    pieces as materialized(
        select piece
        from
            (
                select piece
                from titles
                where piece is not null
                group by piece
                having count(*) <= {max_ends}
            )
        anti join used on used.word = piece
    ),
    candidates as materialized(
        select t.import_id, t.line, t.title_en, t.piece, t.words[-2] as before, t.held
        from titles as t
        semi join pieces using (piece)
        where len(t.words) >= 3
    ),
    own as (
        select c.import_id, c.line, c.title_en, c.piece, word
        from
            (
                select
                    c.*,
                    unnest(
                        list_concat(
                            string_split(c.held, ' '),
                            regexp_extract_all(
                                lower(coalesce(p.description_en, '')), '{word}'
                            )
                        )
                    ) as word
                from candidates as c
                join {rows} as p using (import_id, line)
            ) as c
        where starts_with(word, c.piece)
    ),
    followers as (
        select before, word
        from
            (select unnest(list_zip(words[:-2], words[2:])) as pair from titles),
            lateral(select pair[1] as before, pair[2] as word)
        where before in (select before from candidates)
        group by before, word
        having count(*) >= {min_titles}
    ),
    found as (
        select *
        from own
        union all
        select c.import_id, c.line, c.title_en, c.piece, f.word
        from candidates as c
        join followers as f using (before)
        where starts_with(f.word, c.piece)
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
                field := 'title_en',
                text := left(any_value(title_en), 500),
                why := 'it stops within a word',
                found := any_value(piece) || ': ' || min(word)
            )
        ) as varchar
    ) as detail
from found
group by import_id, line
having
    not bool_or(
        regexp_full_match(
            substr(word, length(piece) + 1),
            if(length(piece) < 4, '{plurals}', '{endings}')
        )
    )
