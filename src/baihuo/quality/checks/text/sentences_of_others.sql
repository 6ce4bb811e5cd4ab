-- Notes: descriptions with sentences that stand in another brand's description, too,
-- and
-- name what only that listing's title names.
--
-- A sentence that more listings have names no product of theirs. Of two listings, the
-- one whose title has the words of two shared sentences or more, and in whose text they
-- stand nearer together, is described by them; in the other they stand between its own.
--
-- {rows}      products: product_id, brand, title and the field
-- {field}     the description
-- {title}     the title of its language
-- {sentence_pattern} RE2 of one sentence with its end
-- {end_pattern} RE2 of the end of a sentence
-- {min_chars} a shorter sentence is equal by chance
-- {most}      listings with the sentence
-- {min_words} words of the other's title in the sentences that the own title lacks
-- {word}      RE2 of a word that a title names something with
with
    pieces as (
        select
            import_id,
            line,
            position,
            lower(trim(regexp_replace(piece, '{end_pattern}', ''))) as sentence
        from
            (
                select
                    import_id,
                    line,
                    unnest(pieces) as piece,
                    generate_subscripts(pieces, 1) as position
                from
                    (
                        select
                            import_id,
                            line,
                            regexp_extract_all({field}, '{sentence_pattern}') as pieces
                        from {rows}
                        where length({field}) >= 2 * {min_chars}
                    )
            )
        where length(piece) >= {min_chars}
    ),
    rare as (
        select hash(sentence) as h
        from pieces
        group by hash(sentence)
        having count(*) between 2 and {most}
    ),
    named as (
        select
            p.import_id,
            p.line,
            p.position,
            p.sentence,
            r.product_id,
            lower(r.brand) as brand,
            list_distinct(regexp_extract_all(lower(r. {title}), '{word}')) as title,
            list_distinct(regexp_extract_all(p.sentence, '{word}')) as words
        from pieces as p
        join {rows} as r using (import_id, line)
        where
            hash(p.sentence) in (select h from rare)
            and r.brand <> ''
            and r. {title} <> ''
    ),
    pairs as (
        select
            a.import_id,
            a.line,
            b.product_id as of_id,
            max(a.position) - min(a.position) as span,
            max(b.position) - min(b.position) as span_of_other,
            min(a.sentence) as sentence,
            list_distinct(flatten(list(a.words))) as words,
            any_value(a.title) as own,
            any_value(b.title) as other
        from named as a
        join named as b using (sentence)
        where a.brand <> b.brand
        group by a.import_id, a.line, b.product_id
        having count(distinct a.sentence) >= 2
    ),
    noted as (
        select
            *,
            list_intersect(words, other) as of_other,
            list_intersect(words, own) as of_own
        from pairs
    )
select
    import_id,
    line,
    'description_of_another' as rule,
    'note' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := '{field}',
                same_as := arg_min(of_id, of_id),
                text := arg_min(left(sentence, 300), of_id),
                found := array_to_string(
                    list_sort(
                        list_filter(
                            arg_min(of_other, of_id),
                            lambda w: not list_contains(arg_min(own, of_id), w)
                        )
                    ),
                    ', '
                )
            )
        ) as varchar
    ) as detail
from noted
where
    span > span_of_other
    and len(list_filter(of_other, lambda w: not list_contains(own, w))) >= {min_words}
    and len(list_filter(of_own, lambda w: not list_contains(other, w))) = 0
group by import_id, line
