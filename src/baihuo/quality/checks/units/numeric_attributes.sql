-- Attributes whose value is a number or a short text that begins with one:
-- import_id, line, category, key, text, is_text.
--
-- {rows} the products left, with category and attributes (JSON)
-- {max_chars} of a text value
select
    import_id,
    line,
    coalesce(category, '') as category,
    key,
    value ->> '$' as text,
    type = 'VARCHAR' as is_text
from {rows} as r, json_each(r.attributes)
where
    type in ('UBIGINT', 'BIGINT', 'DOUBLE')
    or (
        type = 'VARCHAR'
        and length(value) <= {max_chars}
        and regexp_matches(value, '^"[ +.,\x{2212}-]*[0-9０-９½¼¾]')
    )
