-- Descriptions that have shared sentences, alone or behind a text without a full stop:
-- import_id, line, text, n (products that share the most shared one), sentences.
-- {sentences} a SELECT of sentences of descriptions
-- {rows}      products: the description
-- {field}     the column of the description
select
    import_id,
    line,
    {field} as text,
    max(n) as n,
    list(sentence order by sentence) as sentences
from
    (
        select distinct s.import_id, s.line, shared.sentence, n
        from ({sentences}) as s
        join
            shared
            on s.sentence = shared.sentence
            or ends_with(s.sentence, ' ' || shared.sentence)
    )
join {rows} using (import_id, line)
group by import_id, line, {field}
