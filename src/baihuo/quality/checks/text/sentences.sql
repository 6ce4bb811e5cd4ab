-- Sentences of descriptions, each once a product: import_id, line, category, brand,
-- sentence (lower case, without its full stop).
-- {rows}             products: the description, category, brand
-- {field}            the column of the description
-- {sentence_pattern} RE2 of one sentence with its end
-- {end_pattern}      RE2 of the end of a sentence
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
        from {rows}
        where {field} <> ''
    )
