-- TODO: what its rows are
-- {max_chars}
-- {rows}
select
    import_id,
    line,
    coalesce(category, '') as shelf,
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
